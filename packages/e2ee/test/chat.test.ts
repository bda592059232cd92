import { leafThumbprint, participantId } from '@sotto/protocol/ids';
import { afterEach, describe, expect, test } from 'vitest';
import { CallCryptoError } from '../src/index.ts';
import { type Client, deliver, joinRequest, leafOf, pending, person, seconds, Visit, visitOfTwo } from './visit.ts';

let visit: Visit;
afterEach(() => visit.close());

async function two() {
  const opened = await visitOfTwo();
  visit = opened.visit;
  return [opened.physician, opened.patient] as const;
}

const idOf = ({ who }: Client) => participantId.parse(who.participantId);
const texts = ({ heard }: Client) => heard.chat.map(({ text }) => text);
const latestOf = ({ heard }: Client, id: string) => heard.chatDelivery.findLast((delivery) => delivery.id === id);
const hand = (to: Client, from: Client, message: Uint8Array<ArrayBuffer>) =>
  to.crypto.processApplication({ from: idOf(from), message });

async function say(by: Client, text: string): Promise<string> {
  const said = await by.crypto.say(text);
  if (said.tag !== 'queued') throw new Error(said.reason);
  return said.id;
}

/** What somebody's worker hands out now, to all others as the server pleases. */
async function flow(
  from: Client,
  others: readonly Client[],
  deal: (messages: Uint8Array<ArrayBuffer>[]) => Uint8Array<ArrayBuffer>[] = (messages) => messages,
): Promise<void> {
  const messages = deal(await from.crypto.chatMessages());
  for (const to of others) for (const message of messages) await hand(to, from, message);
}

describe('a text', () => {
  test('is told once to everybody else, as it was said, and delivered when all have it', async () => {
    const [physician, patient] = await two();
    const third = await visit.enter(person('physician', 'Dr C'));
    await deliver(physician, pending(await physician.crypto.add([await joinRequest(third)])), [patient], [third]);
    const text = 'Take 2 × 5 mg\n\tat night — שלום 👋🏽 <b>&amp;</b>';
    const id = await say(patient, text);
    expect(latestOf(patient, id)).toMatchObject({ tag: 'waiting', by: [] });
    await expect.poll(() => patient.heard.chatDue.length).toBe(1);
    await flow(patient, [physician, third]);
    expect(latestOf(patient, id)).toMatchObject({ tag: 'sent', awaited: [leafOf(physician), leafOf(third)] });
    for (const client of [physician, third]) {
      expect(client.heard.chat).toEqual([{ from: leafOf(patient), id, text, missing: 0, isLate: false }]);
    }
    await flow(physician, [patient, third]);
    expect(latestOf(patient, id)).toMatchObject({ tag: 'sent', by: [leafOf(physician)], awaited: [leafOf(third)] });
    await flow(third, [patient, physician]);
    expect(latestOf(patient, id)).toMatchObject({ tag: 'delivered', awaited: [] });
    expect(patient.heard.chat).toEqual([]);
  });

  test('of 64 KiB comes through, in whatever characters, and one octet more doesn’t', async () => {
    const [physician, patient] = await two();
    const largest = ['"'.repeat(65_536), '\n'.repeat(65_535).concat('.'), '€'.repeat(21_845).concat('.')];
    for (const text of largest) await say(physician, text);
    await flow(physician, [patient]);
    expect(texts(patient)).toEqual(largest);
    for (const text of largest) {
      expect(await physician.crypto.say(`${text}.`)).toEqual({ tag: 'refused', reason: 'tooLong' });
    }
  });

  test('to nobody, of nothing, or too many at once isn’t taken', async () => {
    visit = await Visit.open();
    const physician = await visit.enter(person('physician', 'A'));
    await expect(physician.crypto.say('x')).rejects.toThrow(new CallCryptoError('wrongState'));
    await physician.crypto.createGroup(1);
    expect(await physician.crypto.say('x')).toEqual({ tag: 'refused', reason: 'alone' });
    const patient = await visit.enter(person('patient', 'B'));
    await deliver(physician, pending(await physician.crypto.add([await joinRequest(patient)])), [], [patient]);
    expect(await physician.crypto.say(' \n')).toEqual({ tag: 'refused', reason: 'empty' });
    for (let count = 0; count < 10; count += 1) await say(physician, 'x');
    expect(await physician.crypto.say('x')).toEqual({ tag: 'refused', reason: 'tooFast' });
  });
});

describe('a server that withholds, repeats or mixes', () => {
  test('loses a text: it’s sent again, told once, and counted once', async () => {
    const [physician, patient] = await two();
    const id = await say(physician, 'lost at first');
    await flow(physician, [patient], () => []);
    await seconds(3.2);
    await flow(physician, [patient]);
    // This receipt is lost too.
    await flow(patient, [physician], () => []);
    await physician.crypto.chatMessages(true).then(async (again) => {
      for (const message of again) await hand(patient, physician, message);
    });
    await flow(patient, [physician]);
    expect(texts(patient)).toEqual(['lost at first']);
    expect(latestOf(physician, id)).toMatchObject({ tag: 'delivered', by: [leafOf(patient)] });
  });

  test('repeats and reorders: each is told once, in order', async () => {
    const [physician, patient] = await two();
    const said = ['one', 'two', 'three', 'four'];
    for (const text of said) await say(physician, text);
    await flow(physician, [patient], (messages) => [...messages.reverse(), ...messages, ...messages]);
    expect(texts(patient)).toEqual(said);
    expect(patient.heard.chat.map(({ missing }) => missing)).toEqual([0, 0, 0, 0]);
  });

  test('loses one of three: the others are told, with what is missing, and it comes late', async () => {
    const [physician, patient] = await two();
    for (const text of ['one', 'two', 'three']) await say(physician, text);
    await flow(physician, [patient], ([one, , three]) => [one, three].filter((message) => message !== undefined));
    expect(texts(patient)).toEqual(['one']);
    await expect.poll(() => texts(patient), { timeout: 8_000 }).toEqual(['one', 'three']);
    expect(patient.heard.chat[1]).toMatchObject({ missing: 1, isLate: false });
    await flow(physician, [patient]);
    expect(patient.heard.chat[2]).toMatchObject({ text: 'two', isLate: true });
    expect(texts(patient)).toEqual(['one', 'three', 'two']);
  });

  test('hands one over under another’s name, or changed: it’s dropped', async () => {
    const [physician, patient] = await two();
    await say(physician, 'x');
    const [message] = await physician.crypto.chatMessages();
    if (message === undefined) throw new Error('nothing said');
    const changed = Uint8Array.from(message, (octet, index) => (index === message.length - 20 ? octet ^ 1 : octet));
    expect((await hand(patient, physician, changed)).tag).toBe('dropped');
    expect((await hand(patient, patient, message)).tag).toBe('dropped');
    expect(texts(patient)).toEqual([]);
  });

  test('doesn’t let a removal through: no text goes to whoever is to go', async () => {
    const [physician, patient] = await two();
    await physician.crypto.remove([leafOf(patient)]);
    await expect.poll(() => physician.latest.sealing?.tag, { timeout: 6_000 }).toBe('stopped');
    const id = await say(physician, 'about you');
    expect(await physician.crypto.chatMessages()).toEqual([]);
    expect(latestOf(physician, id)).toMatchObject({ tag: 'waiting' });
    await physician.crypto.commitAccepted();
    expect(latestOf(physician, id)).toMatchObject({ tag: 'failed' });
    expect(await physician.crypto.chatMessages(true)).toEqual([]);
  });
});

describe('epochs', () => {
  test('may pass: a text is sent again in the next, and told once', async () => {
    const [physician, patient] = await two();
    const id = await say(physician, 'over epochs');
    const lost = await physician.crypto.chatMessages();
    expect(lost.length).toBe(1);
    for (const by of [patient, physician]) {
      const other = by === patient ? physician : patient;
      await deliver(by, pending(await by.crypto.update()), [other], []);
    }
    for (const message of await physician.crypto.chatMessages(true)) await hand(patient, physician, message);
    for (const message of lost) await hand(patient, physician, message);
    await flow(patient, [physician]);
    expect(texts(patient)).toEqual(['over epochs']);
    expect(latestOf(physician, id)?.tag).toBe('delivered');
  });

  test('bring somebody in: what was said before isn’t sent to them, and can’t be', async () => {
    const [physician, patient] = await two();
    const before = await say(physician, 'between us');
    await flow(physician, [patient], () => []);
    const third = await visit.enter(person('patient', 'C'));
    await deliver(physician, pending(await physician.crypto.add([await joinRequest(third)])), [patient], [third]);
    expect(latestOf(physician, before)).toMatchObject({ tag: 'failed' });
    await expect(physician.crypto.sayAgain(before as never)).rejects.toThrow(new CallCryptoError('wrongState'));
    expect(await physician.crypto.chatMessages(true)).toEqual([]);
    await say(physician, 'to all');
    await flow(physician, [patient, third]);
    // Whoever came later misses nothing; the other one does.
    expect(third.heard.chat).toMatchObject([{ text: 'to all', missing: 0 }]);
    await expect.poll(() => patient.heard.chat, { timeout: 8_000 }).toMatchObject([{ text: 'to all', missing: 1 }]);
  });

  test('bring the same person back: what they don’t have is sent to their new leaf', async () => {
    const [physician, patient] = await two();
    const id = await say(physician, 'are you there?');
    await flow(physician, [patient], () => []);
    const back = await visit.enter(patient.who);
    await deliver(physician, pending(await physician.crypto.add([await joinRequest(back)])), [], [back]);
    for (const message of await physician.crypto.chatMessages(true)) await hand(back, physician, message);
    expect(back.heard.chat).toMatchObject([{ text: 'are you there?', missing: 0 }]);
    await flow(back, [physician]);
    expect(latestOf(physician, id)).toMatchObject({ tag: 'delivered', by: [leafOf(back)] });
    await say(back, 'I am');
    await flow(back, [physician]);
    expect(physician.heard.chat).toMatchObject([{ text: 'I am', missing: 0, from: leafOf(back) }]);
  });

  test('put somebody out: they aren’t waited for', async () => {
    const [physician, patient] = await two();
    const third = await visit.enter(person('patient', 'C'));
    await deliver(physician, pending(await physician.crypto.add([await joinRequest(third)])), [patient], [third]);
    const id = await say(physician, 'hello');
    await flow(physician, [patient]);
    await flow(patient, [physician]);
    expect(latestOf(physician, id)).toMatchObject({
      tag: 'sent',
      awaited: [{ leaf: leafThumbprint.parse(third.crypto.leaf) }],
    });
    await deliver(physician, pending(await physician.crypto.remove([leafOf(third)])), [patient, third], []);
    expect(latestOf(physician, id)).toMatchObject({ tag: 'delivered', by: [leafOf(patient)], awaited: [] });
  });
});

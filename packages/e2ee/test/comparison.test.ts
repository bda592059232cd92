import { participantId } from '@sotto/protocol/ids';
import { afterEach, describe, expect, test } from 'vitest';
import { CallCryptoError } from '../src/index.ts';
import { type Client, deliver, joinRequest, leafOf, pending, person, type Visit, visitOfTwo } from './visit.ts';

let visit: Visit;
afterEach(() => visit.close());

const idOf = ({ who }: Client) => participantId.parse(who.participantId);
const stateOf = ({ latest }: Client) => latest.comparison;

async function two() {
  const opened = await visitOfTwo();
  visit = opened.visit;
  return [opened.physician, opened.patient] as const;
}

async function three() {
  const [physician, patient] = await two();
  const second = await visit.enter(person('physician', 'Dr C'));
  await deliver(physician, pending(await physician.crypto.add([await joinRequest(second)])), [patient], [second]);
  return [physician, patient, second] as const;
}

const hand = (to: Client, from: Client, message: Uint8Array<ArrayBuffer>) =>
  to.crypto.processApplication({ from: idOf(from), message });

/** Signaling at its best: everybody's messages to all others, until nobody has anything to say. */
async function relay(clients: readonly Client[]): Promise<void> {
  for (;;) {
    let said = 0;
    for (const from of clients) {
      for (const message of await from.crypto.comparisonMessages()) {
        said += 1;
        for (const to of clients) if (to !== from) await hand(to, from, message);
      }
    }
    if (said === 0) return;
  }
}

function complete(client: Client) {
  const state = stateOf(client);
  if (state?.tag !== 'complete') throw new Error(JSON.stringify(state));
  return state;
}

async function renew(by: Client, others: Client[]): Promise<void> {
  await deliver(by, pending(await by.crypto.update()), others, []);
}

describe('a comparison', () => {
  test('shows two people the same code, and each time another', async () => {
    const clients = await two();
    const [physician, patient] = clients;
    const digits = new Set<string>();
    for (const starter of [physician, patient, physician]) {
      await starter.crypto.compare();
      expect(stateOf(starter)).toMatchObject({ tag: 'collecting', isOwn: true, starter: leafOf(starter) });
      await relay(clients);
      expect(complete(physician).code).toEqual(complete(patient).code);
      expect(complete(patient).leaves).toEqual([leafOf(physician), leafOf(patient)]);
      digits.add(complete(patient).code.digits);
      for (const client of clients) await client.crypto.answerComparison(complete(client).round, 'same');
      expect(clients.map(stateOf)).toMatchObject([{ ending: { tag: 'same' } }, { ending: { tag: 'same' } }]);
    }
    expect(digits.size).toBe(3);
  });

  test('shows three people the same code, whoever starts', async () => {
    const clients = await three();
    await clients[2].crypto.compare();
    await relay(clients);
    const [code, ...others] = clients.map((client) => complete(client).code);
    expect(others).toEqual([code, code]);
    expect(clients.map((client) => complete(client).leaves.length)).toEqual([3, 3, 3]);
  });

  test('that two start at once becomes one', async () => {
    const clients = await three();
    await clients[1].crypto.compare();
    await clients[0].crypto.compare();
    await relay(clients);
    expect(new Set(clients.map((client) => complete(client).round)).size).toBe(1);
    expect(clients.map((client) => complete(client).starter)).toEqual(clients.map(() => leafOf(clients[0])));
  });

  test('needs somebody else, and an answer needs a code', async () => {
    const [physician, patient] = await two();
    await patient.crypto.compare();
    const { round } = stateOf(patient) ?? {};
    if (round === undefined) throw new Error('no round');
    await expect(patient.crypto.answerComparison(round, 'same')).rejects.toThrow(CallCryptoError);
    await deliver(physician, pending(await physician.crypto.remove([leafOf(patient)])), [patient], []);
    expect(stateOf(patient)).toMatchObject({ tag: 'ended', ending: { tag: 'epochChanged', isRestarted: false } });
    await expect(physician.crypto.compare()).rejects.toThrow(CallCryptoError);
  });

  test('goes on for those who lost messages with their connection', async () => {
    const clients = await two();
    const [physician, patient] = clients;
    await physician.crypto.compare();
    await physician.crypto.comparisonMessages();
    expect(await physician.crypto.comparisonMessages()).toEqual([]);
    for (const message of await physician.crypto.comparisonMessages(true)) await hand(patient, physician, message);
    await relay(clients);
    expect(complete(physician).code).toEqual(complete(patient).code);
    for (const client of clients) await client.crypto.answerComparison(complete(client).round, 'same');
    const heard = patient.heard.comparison.length;
    for (const message of await physician.crypto.comparisonMessages(true)) await hand(patient, physician, message);
    expect(patient.heard.comparison.length).toBe(heard);
  });
});

describe('the end of a comparison', () => {
  test('“different” is told to everybody, also to who has answered already', async () => {
    const clients = await three();
    const [physician, patient, second] = clients;
    await physician.crypto.compare();
    await relay(clients);
    const { round } = complete(physician);
    await physician.crypto.answerComparison(round, 'same');
    await patient.crypto.answerComparison(round, 'different');
    await relay(clients);
    const ending = { tag: 'different', by: [leafOf(patient)] };
    for (const client of [physician, patient, second]) expect(stateOf(client)).toMatchObject({ round, ending });
  });

  test('who gives it up is named', async () => {
    const clients = await two();
    await clients[0].crypto.compare();
    await relay(clients);
    await clients[1].crypto.answerComparison(complete(clients[1]).round, 'stopped');
    await relay(clients);
    const ending = { tag: 'stopped', by: [leafOf(clients[1])] };
    for (const client of clients) expect(stateOf(client)).toMatchObject({ tag: 'ended', ending });
  });

  test('another epoch ends it; who started it begins anew, three times', async () => {
    const clients = await two();
    const [physician, patient] = clients;
    await patient.crypto.compare();
    const digits = new Set<string>();
    for (const isRestarted of [true, true, true, false]) {
      await relay(clients);
      digits.add(complete(physician).code.digits);
      await renew(physician, [patient]);
      const endings = [...physician.heard.comparison, ...patient.heard.comparison].filter(({ tag }) => tag === 'ended');
      expect(endings.slice(-1)).toMatchObject([{ ending: { tag: 'epochChanged', isRestarted } }]);
    }
    expect(digits.size).toBe(4);
    await relay(clients);
    expect(clients.map((client) => stateOf(client)?.tag)).toEqual(['ended', 'ended']);
  });

  test('somebody who joins in the middle of it is in the next round', async () => {
    const [physician, patient] = await two();
    await physician.crypto.compare();
    await relay([physician, patient]);
    const third = await visit.enter(person('patient', 'D'));
    await deliver(physician, pending(await physician.crypto.add([await joinRequest(third)])), [patient], [third]);
    await relay([physician, patient, third]);
    const codes = [physician, patient, third].map((client) => complete(client).code);
    expect(codes).toEqual([codes[0], codes[0], codes[0]]);
    await deliver(physician, pending(await physician.crypto.remove([leafOf(third)])), [patient, third], []);
    await relay([physician, patient]);
    expect(complete(patient).leaves).toEqual([leafOf(physician), leafOf(patient)]);
    expect(stateOf(third)?.tag).toBe('ended');
  });

  test('a round that was answered isn’t begun anew', async () => {
    const clients = await two();
    await clients[0].crypto.compare();
    await relay(clients);
    for (const client of clients) await client.crypto.answerComparison(complete(client).round, 'same');
    await renew(clients[0], [clients[1]]);
    expect(await clients[0].crypto.comparisonMessages()).toEqual([]);
    expect(clients.map((client) => stateOf(client))).toMatchObject([
      { ending: { tag: 'same' } },
      { ending: { tag: 'same' } },
    ]);
  });
});

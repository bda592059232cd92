import { afterEach, describe, expect, test } from 'vitest';
import {
  type ApplicationMessage,
  decodeApplicationMessage,
  encodeApplicationMessage,
} from '../src/applicationMessage.ts';
import { comparisonCommitment } from '../src/comparisonCode.ts';
import { type ComparisonRoundId, comparisonRound } from '../src/comparisonState.ts';
import { deriveGroupId } from '../src/groupId.ts';
import { toBase64url } from '../src/octets.ts';
import { addOf, HostileMember, idOf } from './hostileMember.ts';
import { type Client, deliver, joinRequest, leafOf, pending, person, seconds, Visit } from './visit.ts';

let visit: Visit;
const visits: Visit[] = [];
afterEach(() => Promise.all(visits.splice(0).map((opened) => opened.close())));

async function openVisit(): Promise<void> {
  visit = await Visit.open();
  visits.push(visit);
}

const randomOctets = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const stateOf = ({ latest }: Client) => latest.comparison;
const refOf = (member: HostileMember) => ({ participantId: idOf(member), leaf: member.leaf });

function complete(client: Client) {
  const state = stateOf(client);
  if (state?.tag !== 'complete') throw new Error(JSON.stringify(state));
  return state;
}

/** A real physician, an honest patient and one with a program of their own. */
async function withHostilePatient() {
  await openVisit();
  const physician = await visit.enter(person('physician', 'P'));
  const hostile = await HostileMember.make(visit, person('patient', 'H'));
  const honest = await visit.enter(person('patient', 'T'));
  await physician.crypto.createGroup(1);
  const commit = pending(await physician.crypto.add([hostile.request(), await joinRequest(honest)]));
  await deliver(physician, commit, [], [honest]);
  await hostile.join(commit.welcomes[0]?.welcome ?? new Uint8Array());
  return { physician, hostile, honest };
}

const say = (by: HostileMember, message: ApplicationMessage) => by.say(encodeApplicationMessage(message));
const hand = (to: Client, from: Client | HostileMember, message: Uint8Array<ArrayBuffer>) =>
  to.crypto.processApplication({ from: idOf(from), message });

/** Of a hostile member: what it commits to and what it reveals, in whatever round. */
async function share(by: HostileMember, round: ComparisonRoundId, nonce = randomOctets(32)) {
  const { leaf } = by.request();
  const commitment = toBase64url(await comparisonCommitment(round, leaf, nonce));
  return {
    nonce,
    commitment: { type: 'comparisonCommitment', body: { round, commitment } },
    reveal: { type: 'comparisonReveal', body: { round, nonce: toBase64url(nonce) } },
  } as const;
}

/** The physician has started, the honest patient has committed; the hostile one has said nothing. */
async function started() {
  const group = await withHostilePatient();
  const { physician, honest } = group;
  await physician.crypto.compare();
  const [start] = await physician.crypto.comparisonMessages();
  if (start === undefined) throw new Error('no start');
  await hand(honest, physician, start);
  for (const message of await honest.crypto.comparisonMessages()) await hand(physician, honest, message);
  const round = stateOf(physician)?.round;
  if (round === undefined) throw new Error('no round');
  return { ...group, start, round, own: await share(group.hostile, round) };
}

describe('a member who cheats is named by everybody, and no code is shown', () => {
  test('who withholds a commitment, or a nonce when all others are known; nobody reveals before all have committed', async () => {
    const silent = await started();
    for (const client of [silent.physician, silent.honest])
      expect(await client.crypto.comparisonMessages()).toEqual([]);

    const late = await started();
    const { physician, hostile, honest } = late;
    for (const client of [physician, honest]) await hand(client, hostile, await say(hostile, late.own.commitment));
    const reveals = [await physician.crypto.comparisonMessages(), await honest.crypto.comparisonMessages()];
    expect(reveals.map(({ length }) => length)).toEqual([1, 1]);
    for (const message of reveals[1] ?? []) await hand(physician, honest, message);
    for (const message of reveals[0] ?? []) await hand(honest, physician, message);

    await seconds(22);
    for (const group of [silent, late]) {
      for (const client of [group.physician, group.honest]) {
        expect(stateOf(client)).toMatchObject({ ending: { tag: 'withheld', by: [refOf(group.hostile)] } });
        expect(client.heard.comparison.map(({ tag }) => tag)).not.toContain('complete');
      }
    }
  });

  test('another nonce than the one committed to', async () => {
    const { physician, hostile, honest, own, round } = await started();
    const other = await share(hostile, round);
    for (const client of [physician, honest]) {
      await hand(client, hostile, await say(hostile, own.commitment));
      await hand(client, hostile, await say(hostile, other.reveal));
      expect(stateOf(client)).toMatchObject({ tag: 'ended', ending: { tag: 'wrongReveal', by: [refOf(hostile)] } });
      expect(client.heard.comparison.map(({ tag }) => tag)).not.toContain('complete');
    }
  });

  test('a nonce chosen before the commitment is shown, to fit one that came later', async () => {
    const { physician, hostile, own, round } = await started();
    await hand(physician, hostile, await say(hostile, own.reveal));
    await hand(physician, hostile, await say(hostile, (await share(hostile, round)).commitment));
    expect(stateOf(physician)).toMatchObject({ ending: { tag: 'wrongReveal', by: [refOf(hostile)] } });
  });

  test('somebody else’s commitment as one’s own', async () => {
    const { physician, hostile, honest, start, round } = await started();
    const heard = decodeApplicationMessage((await hostile.hear(start)) ?? new Uint8Array());
    if (heard?.type !== 'comparisonStart') throw new Error('no start');
    const { commitment } = heard.body;
    for (const client of [physician, honest]) {
      await hand(client, hostile, await say(hostile, { type: 'comparisonCommitment', body: { round, commitment } }));
    }
    const [reveal] = await physician.crypto.comparisonMessages();
    const known = decodeApplicationMessage((await hostile.hear(reveal ?? new Uint8Array())) ?? new Uint8Array());
    if (known?.type !== 'comparisonReveal') throw new Error('no reveal');
    await hand(physician, hostile, await say(hostile, known));
    expect(stateOf(physician)).toMatchObject({ ending: { tag: 'wrongReveal', by: [refOf(hostile)] } });
  });

  test('two commitments, also before the round has begun here', async () => {
    const { physician, hostile, honest, start, own, round } = await started();
    const second = (await share(hostile, round)).commitment;
    for (const one of [own.commitment, second]) await hand(physician, hostile, await say(hostile, one));
    expect(stateOf(physician)).toMatchObject({ ending: { tag: 'secondCommitment', by: [refOf(hostile)] } });
    await honest.crypto.answerComparison(round, 'stopped');
    expect((await hand(honest, physician, start)).tag).toBe('dropped');

    const later = await physician.crypto.compare().then(() => stateOf(physician)?.round);
    if (later === undefined) throw new Error('no round');
    await physician.crypto.comparisonMessages().then(async (messages) => {
      for (let times = 0; times < 2; times += 1) {
        await hand(honest, hostile, await say(hostile, (await share(hostile, later)).commitment));
      }
      for (const message of messages) await hand(honest, physician, message);
    });
    expect(stateOf(honest)).toMatchObject({
      round: later,
      ending: { tag: 'secondCommitment', by: [refOf(hostile)] },
    });
  });

  test('can’t start rounds until a code happens to fit: six a minute are taken', async () => {
    const { physician, hostile, honest } = await withHostilePatient();
    const taken: string[] = [];
    for (let tries = 0; tries < 9; tries += 1) {
      const round = comparisonRound.parse(toBase64url(randomOctets(16)));
      const { commitment } = (await share(hostile, round)).commitment.body;
      const start = await say(hostile, { type: 'comparisonStart', body: { round, attempt: 1, commitment } });
      taken.push((await hand(physician, hostile, start)).tag);
    }
    expect(taken).toEqual([...Array<string>(6).fill('accepted'), ...Array<string>(3).fill('dropped')]);
    await deliver(physician, pending(await physician.crypto.update()), [honest], []);
    await physician.crypto.compare();
    expect(stateOf(physician)).toMatchObject({ tag: 'collecting', isOwn: true });
  });

  test('a word on a round in the epoch before it', async () => {
    const { physician, hostile, honest } = await withHostilePatient();
    const before = hostile.checkpoint();
    const commit = pending(await physician.crypto.update());
    await deliver(physician, commit, [honest], []);
    await physician.crypto.compare();
    const round = stateOf(physician)?.round;
    if (round === undefined) throw new Error('no round');
    before();
    const { commitment } = await share(hostile, round);
    expect(await hand(physician, hostile, await say(hostile, commitment))).toEqual({ tag: 'accepted' });
    expect(stateOf(physician)).toMatchObject({ ending: { tag: 'otherEpoch', by: [refOf(hostile)] } });
  });
});

describe('signaling', () => {
  test('may reorder, repeat and hand over under another name: the code is right or isn’t there', async () => {
    const { physician, hostile, honest, own, round } = await started();
    const commitment = await say(hostile, own.commitment);
    const reveal = await say(hostile, own.reveal);
    expect((await hand(physician, honest, commitment)).tag).toBe('dropped');
    for (const client of [physician, honest]) {
      expect((await hand(client, hostile, reveal)).tag).toBe('accepted');
      expect((await hand(client, hostile, reveal)).tag).toBe('dropped');
      const altered = Uint8Array.from(commitment, (octet, index) =>
        index === commitment.length - 1 ? octet ^ 1 : octet,
      );
      expect((await hand(client, hostile, altered)).tag).toBe('dropped');
    }
    for (const client of [physician, honest]) await hand(client, hostile, await say(hostile, own.commitment));
    const reveals = [await physician.crypto.comparisonMessages(), await honest.crypto.comparisonMessages()];
    for (const message of reveals[1] ?? []) await hand(physician, honest, message);
    for (const message of reveals[0] ?? []) await hand(honest, physician, message);
    expect(complete(physician).code).toEqual(complete(honest).code);
    expect(complete(honest).round).toBe(round);
  });

  test('may bring a commitment before the start of its round', async () => {
    const { physician, hostile, honest } = await withHostilePatient();
    await physician.crypto.compare();
    const round = stateOf(physician)?.round;
    const [start] = await physician.crypto.comparisonMessages();
    if (start === undefined || round === undefined) throw new Error('no start');
    const own = await share(hostile, round);
    await hand(honest, hostile, await say(hostile, own.commitment));
    expect(stateOf(honest)).toBeUndefined();
    await hand(honest, physician, start);
    expect((await honest.crypto.comparisonMessages()).length).toBe(2);
  });

  test('can’t end a round by somebody who isn’t in the group', async () => {
    const { physician, hostile, honest, round } = await started();
    const stranger = await HostileMember.make(visit, person('patient', 'S'));
    await stranger.open(await deriveGroupId(visit.clinic.id, visit.id, 1));
    const end = await say(stranger, { type: 'comparisonEnd', body: { round, reason: 'different' } });
    for (const from of [stranger, hostile, honest]) expect((await hand(physician, from, end)).tag).toBe('dropped');
    expect(stateOf(physician)?.tag).toBe('collecting');
  });

  test('that keeps two people in two groups shows them two codes', async () => {
    await openVisit();
    const groupId = await deriveGroupId(visit.clinic.id, visit.id, 1);
    // Whoever holds the clinic's key can stand in for each towards the other.
    const [physicianPerson, patientPerson] = [person('physician', 'P'), person('patient', 'T')];
    const physician = await visit.enter(physicianPerson);
    const falsePatient = await HostileMember.make(visit, patientPerson);
    await physician.crypto.createGroup(1);
    const commit = pending(await physician.crypto.add([falsePatient.request()]));
    await deliver(physician, commit, [], []);
    await falsePatient.join(commit.welcomes[0]?.welcome ?? new Uint8Array());

    const patient = await visit.enter(patientPerson);
    const falsePhysician = await HostileMember.make(visit, physicianPerson);
    await falsePhysician.open(groupId);
    const { welcome } = await falsePhysician.commit([await addOf(patient)], { kept: true });
    await patient.crypto.joinWelcome({ groupId, incarnation: 1, epoch: 1, welcome });

    // The same round, and the physician's own nonce passed on as soon as it's known; it's known too late.
    const round = comparisonRound.parse(toBase64url(randomOctets(16)));
    const own = await share(falsePatient, round);
    const start = { round, attempt: 1, commitment: own.commitment.body.commitment };
    await hand(physician, falsePatient, await say(falsePatient, { type: 'comparisonStart', body: start }));
    const said = await physician.crypto.comparisonMessages();
    await hand(physician, falsePatient, await say(falsePatient, own.reveal));
    const heard: (ApplicationMessage | null)[] = [];
    for (const message of said) {
      heard.push(decodeApplicationMessage((await falsePatient.hear(message)) ?? new Uint8Array()));
    }
    const reveal = heard.find((message) => message?.type === 'comparisonReveal');
    const nonce = Uint8Array.from(
      atob((reveal?.body.nonce ?? '').replaceAll('-', '+').replaceAll('_', '/')),
      (character) => character.charCodeAt(0),
    );
    const passedOn = await share(falsePhysician, round, nonce);
    const second = { round, attempt: 1, commitment: passedOn.commitment.body.commitment };
    await hand(patient, falsePhysician, await say(falsePhysician, { type: 'comparisonStart', body: second }));
    await patient.crypto.comparisonMessages();
    await hand(patient, falsePhysician, await say(falsePhysician, passedOn.reveal));

    expect(complete(physician).round).toBe(complete(patient).round);
    expect(complete(physician).code.digits).not.toBe(complete(patient).code.digits);
    expect(complete(physician).code.emoji).not.toEqual(complete(patient).code.emoji);
    expect(complete(physician).leaves).not.toContainEqual(leafOf(patient));
  });
});

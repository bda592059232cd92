import type { Proposal } from 'ts-mls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deriveGroupId } from '../src/groupId.ts';
import { addOf, endlessLifetime, type Forgery, HostileMember, idOf } from './hostileMember.ts';
import { type Client, deliver, joinRequest, pending, person, Visit } from './visit.ts';

const unixNow = (): number => Math.floor(Date.now() / 1000);

let visit: Visit;
beforeEach(async () => {
  visit = await Visit.open();
});
afterEach(() => visit.close());

const add = (member: HostileMember): Proposal => ({ proposalType: 'add', add: { keyPackage: member.keyPackage } });
const remove = (removed: number): Proposal => ({ proposalType: 'remove', remove: { removed } });

/** A real client takes a hostile member's commit; whatever it says, nothing may have changed. */
async function take(client: Client, by: HostileMember, commit: Uint8Array<ArrayBuffer>) {
  const { groupId, epoch } = client.latest.epoch ?? {};
  if (groupId === undefined || epoch === undefined) throw new Error('not in a group');
  const before = JSON.stringify(client.latest.members);
  const outcome = await client.crypto.processCommit({ groupId, epoch, from: idOf(by), commit });
  expect((await client.crypto.stats()).epoch).toBe(epoch);
  expect(JSON.stringify(client.latest.members)).toBe(before);
  return outcome;
}

/** A real physician with a hostile patient (leaf 1), and another, honest one (leaf 2). */
async function hostilePatient() {
  const physician = await visit.enter(person('physician', 'P'));
  const hostile = await HostileMember.make(visit, person('patient', 'H'));
  const honest = await visit.enter(person('patient', 'T'));
  await physician.crypto.createGroup(1);
  const commit = pending(await physician.crypto.add([hostile.request(), await joinRequest(honest)]));
  await deliver(physician, commit, [], [honest]);
  await hostile.join(commit.welcomes[0]?.welcome ?? new Uint8Array());
  return { physician, hostile, honest };
}

/** A hostile physician with a real patient. */
async function hostilePhysician() {
  const hostile = await HostileMember.make(visit, person('physician', 'H'));
  const patient = await visit.enter(person('patient', 'P'));
  const groupId = await deriveGroupId(visit.clinic.id, visit.id, 1);
  await hostile.open(groupId);
  const { welcome } = await hostile.commit([await addOf(patient)], { kept: true });
  const joined = await patient.crypto.joinWelcome({ groupId, incarnation: 1, epoch: 1, welcome });
  expect(joined).toEqual({ tag: 'joined', epoch: 1 });
  return { hostile, patient };
}

describe('a hostile patient', () => {
  test('can renew its keys as anybody can: what follows fails for its own reasons', async () => {
    const { physician, hostile, honest } = await hostilePatient();
    const { commit } = await hostile.commit([], { kept: true });
    const { groupId, epoch } = physician.latest.epoch ?? {};
    for (const client of [physician, honest]) {
      const delivery = { groupId: groupId ?? visit.id, epoch: epoch ?? 0, from: idOf(hostile), commit };
      expect(await client.crypto.processCommit(delivery as never)).toMatchObject({ tag: 'adopted' });
    }
  });

  test.each<[string, (by: HostileMember) => Promise<Proposal[]>, string]>([
    ['put the physician out', async () => [remove(0)], 'notEntitled'],
    ['put another patient out', async () => [remove(2)], 'notEntitled'],
    ['bring a friend in', async () => [add(await HostileMember.make(visit, person('patient', 'F')))], 'notEntitled'],
    [
      'put a physician in the place of another',
      async () => [remove(0), add(await HostileMember.make(visit, person('physician', 'F')))],
      'notEntitled',
    ],
    [
      'have itself twice in the group',
      async ({ who }) => [add(await HostileMember.make(visit, who))],
      'duplicateSubject',
    ],
    [
      'start another group in this one’s place',
      async ({ state }) => [
        {
          proposalType: 'reinit',
          reinit: { ...state.groupContext, groupId: Uint8Array.of(1), extensions: [] },
        },
      ],
      'proposal',
    ],
    [
      'give the group extensions',
      async () => [{ proposalType: 'group_context_extensions', groupContextExtensions: { extensions: [] } }],
      'proposal',
    ],
    [
      'smuggle in a proposal of its own kind',
      async () => [{ proposalType: 0xf001, proposalData: new Uint8Array() }],
      'proposal',
    ],
  ])('can’t %s', async (_, proposals, reason) => {
    const { physician, hostile, honest } = await hostilePatient();
    const { commit } = await hostile.commit(await proposals(hostile));
    expect(await take(physician, hostile, commit)).toEqual({ tag: 'rejected', reason });
    expect(await take(honest, hostile, commit)).toEqual({ tag: 'rejected', reason });
  });

  test('can’t put the physician out under the pretext of an earlier leaf', async () => {
    const { physician, hostile } = await hostilePatient();
    const earlier = await HostileMember.make(visit, physician.who, { claims: { iat: unixNow() - 50 } });
    const { commit } = await hostile.commit([remove(0), add(earlier)]);
    expect(await take(physician, hostile, commit)).toEqual({ tag: 'rejected', reason: 'outdated' });
  });

  test('can’t change what it is', async () => {
    const { physician, hostile } = await hostilePatient();
    await hostile.replaceCredential({ claims: { role: 'physician' } });
    const { commit } = await hostile.commit([]);
    expect(await take(physician, hostile, commit)).toEqual({ tag: 'rejected', reason: 'leafChanged' });
  });

  test('can’t take on a credential that isn’t valid here', async () => {
    const { physician, hostile } = await hostilePatient();
    await hostile.replaceCredential({ claims: { exp: unixNow() - 600 } });
    const { commit } = await hostile.commit([]);
    expect(await take(physician, hostile, commit)).toEqual({ tag: 'rejected', reason: 'credential' });
  });

  test('can’t commit in the clear', async () => {
    const { physician, hostile } = await hostilePatient();
    const { commit } = await hostile.commit([], { public: true });
    expect(await take(physician, hostile, commit)).toEqual({ tag: 'rejected', reason: 'malformed' });
  });

  test('can’t slip a proposal in ahead of a commit', async () => {
    const { physician, hostile } = await hostilePatient();
    const proposal = await hostile.proposal(remove(0));
    expect(await take(physician, hostile, proposal)).toEqual({ tag: 'rejected', reason: 'malformed' });
    const dropped = await physician.crypto.processApplication({ from: idOf(hostile), message: proposal });
    expect(dropped).toEqual({ tag: 'dropped' });
    const { commit } = await hostile.commit([]);
    expect((await take(physician, hostile, commit)).tag).toBe('rejected');
  });

  test('can’t let a stranger in from outside', async () => {
    const { physician, hostile } = await hostilePatient();
    const stranger = await HostileMember.make(visit, person('physician', 'S'));
    const commit = await hostile.externalCommit(stranger);
    expect(await take(physician, stranger, commit)).toEqual({ tag: 'rejected', reason: 'malformed' });
  });

  test('can’t be called what its credential doesn’t say, nor say anything unknown', async () => {
    const { physician, hostile } = await hostilePatient();
    const say = async (octets: number[], text: string): Promise<string> => {
      const message = await hostile.say(Uint8Array.of(...octets, ...new TextEncoder().encode(text)));
      return (await physician.crypto.processApplication({ from: idOf(hostile), message })).tag;
    };
    const name = JSON.stringify({ name: 'Dr Somebody Else', salt: 'A'.repeat(22) });
    expect(await say([1, 1], name)).toBe('dropped');
    expect(await say([1, 2], '{"tracks":[]}')).toBe('accepted');
    expect(await say([2, 2], '{"tracks":[]}')).toBe('dropped');
    expect(await say([1, 3], '{}')).toBe('dropped');
    expect(await say([1, 2], '{"tracks":[],"more":1}')).toBe('dropped');
    expect(await say([1, 2], '{"tracks":')).toBe('dropped');
    expect(await say([], '')).toBe('dropped');
    expect(physician.latest.members?.members.every(({ isSelf, name: told }) => isSelf || told === null)).toBe(true);
  });
});

describe('credentials', () => {
  const forgeries: [string, Forgery][] = [
    ['of another visit', { claims: { vis: 'A'.repeat(22) } }],
    ['of another clinic', { claims: { iss: 'A'.repeat(22) } }],
    ['bound to another key', { claims: { jkt: 'A'.repeat(43) } }],
    ['that has expired', { claims: { exp: unixNow() - 600 } }],
    ['of another version', { claims: { v: 2 } }],
    ['meant for signaling', { claims: { aud: 'sotto/signaling' } }],
    ['with a claim too many', { claims: { admin: true } }],
    ['in an identity of another version', { identity: (jws) => Uint8Array.of(2, 1, ...new TextEncoder().encode(jws)) }],
    [
      'in the form that doesn’t exist yet',
      { identity: (jws) => Uint8Array.of(1, 2, ...new TextEncoder().encode(jws)) },
    ],
    ['that is only claimed', { identity: () => Uint8Array.of(1, 1, ...new TextEncoder().encode('e30.e30.AAAA')) }],
  ];

  test.each(forgeries)('one %s isn’t added', async (_, forgery) => {
    const physician = await visit.enter(person('physician', 'P'));
    await physician.crypto.createGroup(1);
    const forger = await HostileMember.make(visit, person('patient', 'F'), forgery);
    expect(await physician.crypto.add([forger.request()])).toEqual({
      tag: 'refused',
      reason: 'credential',
      leaf: forger.leaf,
    });
  });

  test.each(forgeries.slice(0, 4))(
    'one %s isn’t let in by another’s commit, nor is a group joined that has it',
    async (_, forgery) => {
      const { hostile, patient } = await hostilePhysician();
      const forger = await HostileMember.make(visit, person('physician', 'F'), forgery);
      const { commit } = await hostile.commit([add(forger)], { kept: true });
      expect(await take(patient, hostile, commit)).toEqual({ tag: 'rejected', reason: 'credential' });

      const late = await visit.enter(person('patient', 'L'));
      const { welcome } = await hostile.commit([await addOf(late)]);
      const groupId = patient.latest.epoch?.groupId ?? '';
      const joined = await late.crypto.joinWelcome({ groupId: groupId as never, incarnation: 1, epoch: 3, welcome });
      expect(joined).toEqual({ tag: 'rejected', reason: 'credential' });
    },
  );

  test('another person’s or role’s isn’t added under a name', async () => {
    const physician = await visit.enter(person('physician', 'P'));
    await physician.crypto.createGroup(1);
    const request = (await HostileMember.make(visit, person('patient', 'F'))).request();
    const refused = { tag: 'refused', reason: 'mismatch', leaf: request.leaf };
    expect(await physician.crypto.add([{ ...request, role: 'physician' }])).toEqual(refused);
    expect(await physician.crypto.add([{ ...request, participantId: idOf(physician) }])).toEqual(refused);
  });

  test('a key package that outlives its credential isn’t added, nor one that isn’t one', async () => {
    const physician = await visit.enter(person('physician', 'P'));
    await physician.crypto.createGroup(1);
    const endless = await HostileMember.make(visit, person('patient', 'F'), { lifetime: endlessLifetime });
    expect(await physician.crypto.add([endless.request()])).toMatchObject({ tag: 'refused', reason: 'malformed' });
    const past = await HostileMember.make(visit, person('patient', 'G'), {
      lifetime: { notBefore: BigInt(unixNow() - 40), notAfter: BigInt(unixNow() - 20) },
    });
    expect(await physician.crypto.add([past.request()])).toMatchObject({ tag: 'refused', reason: 'malformed' });
    const request = (await HostileMember.make(visit, person('patient', 'H'))).request();
    const longer = Uint8Array.of(...request.keyPackage, 0);
    expect(await physician.crypto.add([{ ...request, keyPackage: longer }])).toMatchObject({ reason: 'malformed' });
  });
});

describe('a hostile physician', () => {
  test('can’t have one person twice in the group', async () => {
    const { hostile, patient } = await hostilePhysician();
    const double = await HostileMember.make(visit, patient.who);
    const { commit } = await hostile.commit([add(double)]);
    expect(await take(patient, hostile, commit)).toEqual({ tag: 'rejected', reason: 'duplicateSubject' });
  });

  test('can’t change a person’s role', async () => {
    const { hostile, patient } = await hostilePhysician();
    const promoted = await HostileMember.make(visit, { ...patient.who, role: 'physician' });
    const { commit } = await hostile.commit([remove(1), add(promoted)]);
    expect(await take(patient, hostile, commit)).toEqual({ tag: 'rejected', reason: 'mismatch' });
  });

  test.each<[string, string, (hostile: HostileMember, groupId: string) => Promise<void>]>([
    ['of another visit', 'otherGroup', (hostile) => hostile.open('A'.repeat(43))],
    ['to which outsiders may propose', 'otherGroup', (hostile, groupId) => hostile.open(groupId, true)],
    [
      'in which one person stands twice',
      'duplicateSubject',
      async (hostile, groupId) => {
        await hostile.open(groupId);
        await hostile.commit([add(await HostileMember.make(visit, hostile.who))], { kept: true });
      },
    ],
  ])('nobody joins a group %s', async (_, reason, open) => {
    const hostile = await HostileMember.make(visit, person('physician', 'H'));
    const patient = await visit.enter(person('patient', 'P'));
    const groupId = await deriveGroupId(visit.clinic.id, visit.id, 1);
    await open(hostile, groupId);
    const { welcome } = await hostile.commit([await addOf(patient)]);
    const joined = await patient.crypto.joinWelcome({ groupId, incarnation: 1, epoch: 1, welcome });
    expect(joined).toEqual({ tag: 'rejected', reason });
  });

  test('nobody joins a group without a physician', async () => {
    const hostile = await HostileMember.make(visit, person('patient', 'H'));
    const patient = await visit.enter(person('patient', 'P'));
    const groupId = await deriveGroupId(visit.clinic.id, visit.id, 1);
    await hostile.open(groupId);
    const { welcome } = await hostile.commit([await addOf(patient)]);
    const joined = await patient.crypto.joinWelcome({ groupId, incarnation: 1, epoch: 1, welcome });
    expect(joined).toEqual({ tag: 'rejected', reason: 'noPhysician' });
  });
});

import { leafThumbprint, sessionId } from '@sotto/protocol/ids';
import type { Proposal } from 'ts-mls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { deriveGroupId } from '../src/groupId.ts';
import { toBase64url } from '../src/octets.ts';
import { addOf, endlessLifetime, type Forgery, HostileMember, idOf } from './hostileMember.ts';
import { type Client, Clinic, deliver, joinRequest, pending, person, Visit } from './visit.ts';

const unixNow = (): number => Math.floor(Date.now() / 1000);

let visit: Visit;
let rollBack: () => void = () => undefined;
beforeAll(async () => {
  visit = await Visit.open();
});
afterEach(() => {
  rollBack();
});
afterAll(() => visit.close());

/** Workers start slowly: tests that leave a group as it was share it. What the hostile member did is undone. */
function shared<T extends object>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return async () => {
    made ??= make();
    const group = await made;
    if ('hostile' in group && group.hostile instanceof HostileMember) rollBack = group.hostile.checkpoint();
    return group;
  };
}

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
  if (outcome.tag === 'rejected') {
    // What isn't even a commit could be the server's own: then nobody is named.
    const named = outcome.reason === 'malformed' ? null : { participantId: idOf(by), leaf: by.leaf };
    expect(client.heard.commitRefused.at(-1)).toEqual({ reason: outcome.reason, by: named });
  }
  return outcome;
}

/** A real physician with a hostile patient (leaf 1), and another, honest one (leaf 2). */
async function makeHostilePatient() {
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
async function makeHostilePhysician() {
  const hostile = await HostileMember.make(visit, person('physician', 'H'));
  const patient = await visit.enter(person('patient', 'P'));
  const groupId = await deriveGroupId(visit.clinic.id, visit.id, 1);
  await hostile.open(groupId);
  const { welcome } = await hostile.commit([await addOf(patient)], { kept: true });
  const joined = await patient.crypto.joinWelcome({ groupId, incarnation: 1, epoch: 1, welcome });
  expect(joined).toEqual({ tag: 'joined', epoch: 1 });
  return { hostile, patient };
}

const hostilePatient = shared(makeHostilePatient);
const hostilePhysician = shared(makeHostilePhysician);
const lonePhysician = shared(async () => {
  const physician = await visit.enter(person('physician', 'P'));
  await physician.crypto.createGroup(1);
  return { physician };
});

describe('a hostile patient', () => {
  test('can renew its keys as anybody can: what follows fails for its own reasons', async () => {
    const { physician, hostile, honest } = await makeHostilePatient();
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
      'mix in a key that it shares with somebody',
      async () => [
        {
          proposalType: 'psk',
          psk: { preSharedKeyId: { psktype: 'external', pskId: Uint8Array.of(1), pskNonce: new Uint8Array(64) } },
        },
      ],
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

  describe('can’t have a stranger come in from outside', () => {
    const physicianKey = ({ state }: HostileMember): string => {
      const [node] = state.ratchetTree;
      return node?.nodeType === 'leaf' ? toBase64url(node.leaf.signaturePublicKey) : '';
    };

    test.each<
      [string, (inside: HostileMember, stranger: HostileMember) => Promise<Uint8Array<ArrayBuffer>>, number | null]
    >([
      ['plainly', async (inside, stranger) => stranger.externalCommit(await inside.groupInfo()), 4],
      [
        'in the physician’s place',
        async (inside, stranger) => stranger.externalCommit(await inside.groupInfo(), physicianKey(inside)),
        3,
      ],
      ['as itself, anew', async (inside) => inside.externalCommit(await inside.groupInfo(), inside.signatureKey), null],
    ])('%s', async (_, forge, leaves) => {
      const { physician, hostile, honest } = await hostilePatient();
      const stranger = await HostileMember.make(visit, person('physician', 'S'));
      const commit = await forge(hostile, stranger);
      // ts-mls by itself lets it happen; it can't follow its own.
      if (leaves !== null) expect(await hostile.leavesAfter(commit)).toBe(leaves);
      for (const client of [physician, honest]) {
        for (const by of [stranger, hostile]) {
          expect(await take(client, by, commit)).toEqual({ tag: 'rejected', reason: 'malformed' });
        }
        expect((await client.crypto.processApplication({ from: idOf(stranger), message: commit })).tag).toBe('dropped');
      }
    });

    test('by what was known of the group before', async () => {
      const { physician, hostile, honest } = await makeHostilePatient();
      const old = await hostile.groupInfo();
      const stranger = await HostileMember.make(visit, person('physician', 'S'));
      const commit = await stranger.externalCommit(old);
      const { groupId, epoch } = physician.latest.epoch ?? {};
      if (groupId === undefined || epoch === undefined) throw new Error('not in a group');
      await deliver(physician, pending(await physician.crypto.update()), [honest], []);
      for (const client of [physician, honest]) {
        expect(await take(client, stranger, commit)).toEqual({ tag: 'rejected', reason: 'malformed' });
        // Of the epoch that it's made for another one was adopted.
        const late = { groupId, epoch, from: idOf(stranger), commit };
        expect(await client.crypto.processCommit(late)).toEqual({ tag: 'forked' });
      }
      expect(physician.latest.members?.members.map(({ leaf }) => leaf)).not.toContain(stranger.leaf);
    });
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
  /** Those that take more than a word to make. */
  const made: [string, (victim: Client) => Promise<Forgery>][] = [
    ['signed by a key of one’s own', async () => ({ signer: await Clinic.open() })],
    [
      'that was stolen from somebody in the visit',
      async (victim) => {
        const { credential } = await visit.clinic.grant(visit.id, victim.who, victim.crypto.leaf);
        return { identity: () => Uint8Array.of(1, 1, ...new TextEncoder().encode(credential)) };
      },
    ],
  ];

  test.each(forgeries)('one %s isn’t added', async (_, forgery) => {
    const { physician } = await lonePhysician();
    const forger = await HostileMember.make(visit, person('patient', 'F'), forgery);
    expect(await physician.crypto.add([forger.request()])).toEqual({
      tag: 'refused',
      reason: 'credential',
      leaf: forger.leaf,
    });
  });

  test.each(made)('one %s isn’t added', async (_, forge) => {
    const { physician } = await lonePhysician();
    const forger = await HostileMember.make(visit, person('patient', 'F'), await forge(physician));
    const refused = { tag: 'refused', reason: 'credential', leaf: forger.leaf };
    expect(await physician.crypto.add([forger.request()])).toEqual(refused);
  });

  const all = [...forgeries.map(([what, forgery]) => [what, async () => forgery] as const), ...made];
  test.each(all)('one %s isn’t let in by another’s commit, nor is a group joined that has it', async (_, forge) => {
    const { hostile, patient } = await hostilePhysician();
    const forger = await HostileMember.make(visit, person('physician', 'F'), await forge(patient));
    const { commit } = await hostile.commit([add(forger)], { kept: true });
    expect(await take(patient, hostile, commit)).toEqual({ tag: 'rejected', reason: 'credential' });

    const late = await visit.enter(person('patient', 'L'));
    const { welcome } = await hostile.commit([await addOf(late)]);
    const groupId = patient.latest.epoch?.groupId ?? '';
    const joined = await late.crypto.joinWelcome({ groupId: groupId as never, incarnation: 1, epoch: 3, welcome });
    expect(joined).toEqual({ tag: 'rejected', reason: 'credential' });
  });

  test('another person’s or role’s isn’t added under a name', async () => {
    const { physician } = await lonePhysician();
    const request = (await HostileMember.make(visit, person('patient', 'F'))).request();
    const refused = { tag: 'refused', reason: 'mismatch', leaf: request.leaf };
    expect(await physician.crypto.add([{ ...request, role: 'physician' }])).toEqual(refused);
    expect(await physician.crypto.add([{ ...request, participantId: idOf(physician) }])).toEqual(refused);
    const leaf = leafThumbprint.parse('A'.repeat(43));
    expect(await physician.crypto.add([{ ...request, leaf }])).toEqual({ ...refused, leaf });
  });

  test('a person isn’t added in another session than the one that was let in', async () => {
    const { physician } = await lonePhysician();
    const admitted = person('patient', 'F');
    const other = (await HostileMember.make(visit, { ...admitted, session: person('patient', 'F').session })).request();
    const named = { ...other, session: sessionId.parse(admitted.session) };
    expect(await physician.crypto.add([named])).toEqual({ tag: 'refused', reason: 'mismatch', leaf: other.leaf });
    expect(await physician.crypto.add([other])).toMatchObject({ tag: 'pending' });
    await physician.crypto.commitRejected();
  });

  test('a key package that outlives its credential isn’t added, nor one that isn’t one', async () => {
    const { physician } = await lonePhysician();
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

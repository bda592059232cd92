import { participantId } from '@sotto/protocol/ids';
import type { Proposal } from 'ts-mls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deriveGroupId } from '../src/groupId.ts';
import { encodeIdentity } from '../src/identity.ts';
import { addOf, type Forgery, HostileMember, idOf } from './hostileMember.ts';
import { type ProofChanges, type SoftClinician, SoftDirectory } from './softDirectory.ts';
import { type Client, deliver, joinRequest, type Knowledge, pending, person, Visit } from './visit.ts';

const [ada, ben, noor] = [person('physician', 'Dr Ada'), person('physician', 'Dr Ben'), person('patient', 'Noor')];
const idOfAda = participantId.parse(ada.participantId);

let visit: Visit;
let directory: SoftDirectory;
/** What a browser knows that has the keystore's key. */
let knowing: Knowledge;
/** The same, of a clinic that demands proofs. */
let demanding: Knowledge;
beforeEach(async () => {
  visit = await Visit.open();
  directory = await SoftDirectory.open(visit.clinic.id);
  knowing = { directory: directory.trust(), requiresProof: false };
  demanding = { ...knowing, requiresProof: true };
});
afterEach(() => visit.close());

const enter = (who: typeof ada, by: SoftClinician | null = null, knows = knowing) => visit.enter(who, {}, knows, by);
const clinicians = ({ latest }: Client) => latest.members?.members.map(({ clinician }) => clinician?.subject ?? null);

/** Somebody for whom an api that is taken over signs all that it can sign, with a proof of their own making. */
const impostor = (who: typeof ada, by: SoftClinician, changes: ProofChanges = {}): Promise<HostileMember> => {
  const identity: Forgery['identity'] = async (credential, leaf) =>
    encodeIdentity({ credential, proof: await by.prove(visit.id, leaf, changes) });
  return HostileMember.make(visit, who, { identity });
};

/** The impostor opens the visit's group and adds a patient to it. */
async function lure(hostile: HostileMember, patient: Client) {
  const groupId = await deriveGroupId(visit.clinic.id, visit.id, 1);
  await hostile.open(groupId);
  const { welcome } = await hostile.commit([await addOf(patient)], { kept: true });
  return patient.crypto.joinWelcome({ groupId, incarnation: 1, epoch: 1, welcome });
}

/** A proven physician with a patient. */
async function twoOf(by: SoftClinician, knows = knowing) {
  const physician = await enter(ada, by, knows);
  const patient = await enter(noor, null, knows);
  await physician.crypto.createGroup(1);
  const commit = pending(await physician.crypto.add([await joinRequest(patient)]));
  const { joined } = await deliver(physician, commit, [], [patient]);
  expect(joined).toEqual([{ tag: 'joined', epoch: 1 }]);
  return { physician, patient };
}

describe('a clinician whom the directory knows', () => {
  test('is known as that one to everybody in the visit, also where proofs are demanded', async () => {
    const by = await directory.enrol();
    const { physician, patient } = await twoOf(by, demanding);
    for (const client of [physician, patient]) expect(clinicians(client)).toEqual([by.subject, null]);
    expect(patient.latest.members?.members[0]?.clinician).toEqual({ subject: by.subject, licence: '28/123456' });
    expect(patient.latest.sealing).toEqual({ tag: 'sealing' });
  });

  test('comes back with a new leaf and a new proof, and not without one', async () => {
    const by = await directory.enrol();
    const { patient } = await twoOf(by);
    const unproven = await enter(ada);
    expect(await patient.crypto.add([await joinRequest(unproven)])).toEqual({
      tag: 'refused',
      reason: 'credential',
      leaf: unproven.crypto.leaf,
    });
    expect(patient.heard.credentialRefused).toEqual([
      { leaf: unproven.crypto.leaf, person: { participantId: idOfAda, role: 'physician' }, reason: 'otherClinician' },
    ]);
    // Nor for a patient whose own leaf was lost in between: what the earlier one saw goes with the person.
    const proven = patient.latest.members?.members.flatMap(({ participantId: who, clinician }) =>
      clinician === null ? [] : [{ participantId: who, subject: clinician.subject }],
    );
    expect(proven).toEqual([{ participantId: idOfAda, subject: by.subject }]);
    const hostile = await HostileMember.make(visit, ada);
    const again = await enter(noor, null, { ...knowing, proven: proven ?? [] });
    expect(await lure(hostile, again)).toEqual({ tag: 'rejected', reason: 'credential' });
    expect(again.heard.credentialRefused).toMatchObject([{ leaf: hostile.leaf, reason: 'otherClinician' }]);
    const back = await enter(ada, by);
    const commit = pending(await patient.crypto.add([await joinRequest(back)]));
    await deliver(patient, commit, [], [back]);
    expect(clinicians(patient)).toEqual([by.subject, null]);
  });

  test('gives the place to nobody else of the directory, however well proven', async () => {
    const { patient } = await twoOf(await directory.enrol());
    const other = await enter(ada, await directory.enrol());
    expect(await patient.crypto.add([await joinRequest(other)])).toMatchObject({
      tag: 'refused',
      reason: 'credential',
    });
    expect(patient.heard.credentialRefused).toMatchObject([{ leaf: other.crypto.leaf, reason: 'otherClinician' }]);
  });

  test('isn’t authorized with a proof that doesn’t hold, nor without one where it’s demanded', async () => {
    const { passkey, subject } = await directory.enrol();
    const revoked = { ...knowing, directory: directory.trust([passkey.credential]) };
    const client = await visit.start(ada, revoked);
    const grant = await visit.clinic.grant(visit.id, ada, client.crypto.leaf);
    const other = await directory.enrol(subject);
    const proof = await other.prove(visit.id, client.crypto.leaf, { entry: { credential: passkey.credential } });
    expect(await client.crypto.authorize(grant, proof)).toEqual({ tag: 'refused', reason: 'revoked' });
    const unproven = await visit.start(ada, demanding);
    const own = await visit.clinic.grant(visit.id, ada, unproven.crypto.leaf);
    expect(await unproven.crypto.authorize(own)).toEqual({ tag: 'refused', reason: 'noProof' });
    expect(client.heard.credentialRefused).toEqual([]);
  });
});

describe('an api that is taken over', () => {
  test('brings no false clinician before a patient: it is refused, named, and nothing is sealed', async () => {
    const false_ = await SoftDirectory.open(visit.clinic.id);
    const forged = await impostor(ada, await false_.enrol());
    const patient = await enter(noor);
    expect(await lure(forged, patient)).toEqual({ tag: 'rejected', reason: 'credential' });
    expect(patient.heard.credentialRefused).toEqual([
      { leaf: forged.leaf, person: { participantId: idOf(forged), role: 'physician' }, reason: 'forgedEntry' },
    ]);
    expect(patient.latest.members).toBeUndefined();
    expect(patient.latest.sealing?.tag).not.toBe('sealing');
  });

  test('gets no further with a clinician’s own entry, or what was signed for another leaf', async () => {
    const by = await directory.enrol();
    const { passkey: stolen } = await directory.enrol();
    const { credential } = by.passkey;
    for (const [changes, reason] of [
      [{ signer: stolen, credential }, 'signature'],
      [{ claim: { leaf: 'A'.repeat(43) } }, 'challenge'],
    ] as const) {
      const patient = await enter(noor);
      const hostile = await impostor(ada, by, changes);
      expect(await lure(hostile, patient)).toEqual({ tag: 'rejected', reason: 'credential' });
      expect(patient.heard.credentialRefused[0]).toMatchObject({ person: { participantId: idOf(hostile) }, reason });
    }
  });

  test('can leave the proof away: then nobody takes the leaf for a clinician of the directory', async () => {
    const unproven = await HostileMember.make(visit, ada);
    const patient = await enter(noor);
    expect(await lure(unproven, patient)).toEqual({ tag: 'joined', epoch: 1 });
    expect(clinicians(patient)).toEqual([null, null]);
  });

  test('can’t leave it away where the clinic demands it', async () => {
    const unproven = await HostileMember.make(visit, ada);
    const patient = await enter(noor, null, demanding);
    expect(await lure(unproven, patient)).toEqual({ tag: 'rejected', reason: 'credential' });
    expect(patient.heard.credentialRefused[0]).toMatchObject({
      person: { participantId: idOf(unproven) },
      reason: 'noProof',
    });
  });

  test('gets none in by another member’s commit either, who is named for it', async () => {
    const hostile = await impostor(ada, await directory.enrol());
    const patient = await enter(noor);
    expect(await lure(hostile, patient)).toEqual({ tag: 'joined', epoch: 1 });
    const forged = await impostor(ben, await (await SoftDirectory.open(visit.clinic.id)).enrol());
    const adding: Proposal = { proposalType: 'add', add: { keyPackage: forged.keyPackage } };
    const { commit } = await hostile.commit([adding]);
    const { groupId, epoch } = patient.latest.epoch ?? {};
    if (groupId === undefined || epoch === undefined) throw new Error('not in a group');
    const outcome = await patient.crypto.processCommit({ groupId, epoch, from: idOf(hostile), commit });
    expect(outcome).toEqual({ tag: 'rejected', reason: 'credential' });
    expect(patient.heard.commitRefused).toEqual([
      { reason: 'credential', by: { participantId: idOf(hostile), leaf: hostile.leaf } },
    ]);
    expect(patient.heard.credentialRefused).toContainEqual({
      leaf: forged.leaf,
      person: { participantId: idOf(forged), role: 'physician' },
      reason: 'forgedEntry',
    });
    expect(patient.latest.members?.members).toHaveLength(2);
  });

  test('has nobody stand twice in a visit, as two people', async () => {
    const by = await directory.enrol();
    const { physician, patient } = await twoOf(by);
    const twin = await enter(ben, by);
    const refused = { tag: 'refused', reason: 'duplicateSubject', leaf: null };
    expect(await physician.crypto.add([await joinRequest(twin)])).toEqual(refused);
    expect(await patient.crypto.add([await joinRequest(twin)])).toEqual(refused);
    const other = await enter(ben, await directory.enrol());
    expect((await patient.crypto.add([await joinRequest(other)])).tag).toBe('pending');
  });
});

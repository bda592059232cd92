import { staffId } from '@sotto/protocol/ids';
import type { Proposal } from 'ts-mls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CredentialFault } from '../src/index.ts';
import { impostor, lure } from './falseClinician.ts';
import { HostileMember, idOf } from './hostileMember.ts';
import { instantIn, type ProofChanges, type SoftClinician, SoftDirectory } from './softDirectory.ts';
import { type Client, deliver, joinRequest, type Knowledge, pending, person, Visit } from './visit.ts';

const [ada, ben, noor] = [person('physician', 'Dr Ada'), person('physician', 'Dr Ben'), person('patient', 'Noor')];

let visit: Visit;
let directory: SoftDirectory;
/** What a browser knows that has the keystore's key. */
let knowing: Knowledge;
beforeEach(async () => {
  visit = await Visit.open();
  directory = await SoftDirectory.open(visit.clinic.id);
  knowing = { directory: directory.trust(), requiresProof: false };
});
afterEach(() => visit.close());

const enter = (who: typeof ada, by: SoftClinician | null = null, knows = knowing) => visit.enter(who, {}, knows, by);
const clinicians = ({ latest }: Client) => latest.members?.members.map(({ clinician }) => clinician?.subject ?? null);

/** Kept out by the patient's client, which names for whom the api had signed it, and why; it seals nothing. */
async function expectKeptOut(forged: HostileMember, reason: CredentialFault, patient: Client): Promise<void> {
  expect(await lure(visit, forged, patient)).toEqual({ tag: 'rejected', reason: 'credential' });
  expect(patient.heard.credentialRefused).toEqual([
    { leaf: forged.leaf, person: { participantId: idOf(forged), role: 'physician' }, reason },
  ]);
  expect(patient.latest.members).toBeUndefined();
  expect(patient.latest.sealing?.tag).not.toBe('sealing');
}

describe('a false clinician with a proof, for whom an api that is taken over signs', () => {
  test('has an entry of a directory that it made up: kept out and named', async () => {
    const madeUp = await SoftDirectory.open(visit.clinic.id);
    await expectKeptOut(await impostor(visit, ada, await madeUp.enrol()), 'forgedEntry', await enter(noor));
  });

  test.each<[string, CredentialFault, ProofChanges]>([
    [
      'an entry that was changed to a physician’s',
      'forgedEntry',
      { entry: { role: 'nurse' }, spoil: (payload) => payload.replace('nurse', 'physician') },
    ],
    ['another clinic’s entry', 'otherClinic', { entry: { clinic: 'A'.repeat(22) } }],
    ['the entry of somebody who is no physician', 'otherRole', { entry: { role: 'staff' } }],
    ['a claim whose time is over', 'proofTime', { expiry: instantIn(-120) }],
    ['a claim for days', 'proofTime', { expiry: instantIn(48 * 3_600) }],
    ['what a clinician signed over another leaf', 'challenge', { claim: { leaf: 'A'.repeat(43) } }],
    ['what a clinician signed in another visit', 'challenge', { claim: { visit: 'A'.repeat(22) } }],
    ['what a clinician signed in another clinic', 'challenge', { claim: { clinic: 'A'.repeat(22) } }],
    ['what a clinician signed to open a note', 'challenge', { label: 'sotto/release/v1' }],
    ['what a clinician signed on another site', 'origin', { origin: 'https://clinic.example.evil.example' }],
    ['what an authenticator signed with nobody there', 'userVerification', { flags: 0x01 }],
  ])('has %s: kept out and named', async (_, reason, changes) => {
    await expectKeptOut(await impostor(visit, ada, await directory.enrol(), changes), reason, await enter(noor));
  });

  test('has a clinician’s entry and signs with a passkey of its own: kept out and named', async () => {
    const by = await directory.enrol();
    const { passkey: signer } = await directory.enrol();
    const forged = await impostor(visit, ada, by, { signer, credential: by.passkey.credential });
    await expectKeptOut(forged, 'signature', await enter(noor));
  });

  test('has a passkey that was revoked: kept out and named', async () => {
    const by = await directory.enrol();
    const told = { ...knowing, directory: directory.trust([by.passkey.credential]) };
    await expectKeptOut(await impostor(visit, ada, by), 'revoked', await enter(noor, null, told));
  });

  test('has a proof, before a browser that knows no keystore: kept out and named', async () => {
    const forged = await impostor(visit, ada, await directory.enrol());
    await expectKeptOut(forged, 'unknownKeystore', await enter(noor, null, { ...knowing, directory: null }));
  });

  test('is another clinician than the one who was there before: kept out and named', async () => {
    const proven = [{ participantId: idOf({ who: ada }), subject: staffId.parse((await directory.enrol()).subject) }];
    const other = await impostor(visit, ada, await directory.enrol());
    await expectKeptOut(other, 'otherClinician', await enter(noor, null, { ...knowing, proven }));
  });

  test('leaves the proof away: then nobody takes the leaf for a clinician of the directory', async () => {
    const unproven = await HostileMember.make(visit, ada);
    const patient = await enter(noor);
    expect(await lure(visit, unproven, patient)).toEqual({ tag: 'joined', epoch: 1 });
    expect(clinicians(patient)).toEqual([null, null]);
  });

  test('leaves the proof away where the clinic demands it: kept out and named', async () => {
    const unproven = await HostileMember.make(visit, ada);
    await expectKeptOut(unproven, 'noProof', await enter(noor, null, { ...knowing, requiresProof: true }));
  });

  test('comes by another member’s commit: kept out, and that member is named for it', async () => {
    const hostile = await impostor(visit, ada, await directory.enrol());
    const patient = await enter(noor);
    expect(await lure(visit, hostile, patient)).toEqual({ tag: 'joined', epoch: 1 });
    const forged = await impostor(visit, ben, await (await SoftDirectory.open(visit.clinic.id)).enrol());
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

  test('stands twice in a visit, as two people: neither by a physician’s nor a patient’s client', async () => {
    const by = await directory.enrol();
    const [physician, patient] = [await enter(ada, by), await enter(noor)];
    await physician.crypto.createGroup(1);
    await deliver(physician, pending(await physician.crypto.add([await joinRequest(patient)])), [], [patient]);
    const twin = await enter(ben, by);
    const refused = { tag: 'refused', reason: 'duplicateSubject', leaf: null };
    expect(await physician.crypto.add([await joinRequest(twin)])).toEqual(refused);
    expect(await patient.crypto.add([await joinRequest(twin)])).toEqual(refused);
    const other = await enter(ben, await directory.enrol());
    expect((await patient.crypto.add([await joinRequest(other)])).tag).toBe('pending');
  });
});

import { participantId } from '@sotto/protocol/ids';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lure } from './falseClinician.ts';
import { HostileMember } from './hostileMember.ts';
import { type SoftClinician, SoftDirectory } from './softDirectory.ts';
import { type Client, deliver, joinRequest, type Knowledge, pending, person, Visit } from './visit.ts';

const [ada, noor] = [person('physician', 'Dr Ada'), person('patient', 'Noor')];
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
    expect(await lure(visit, hostile, again)).toEqual({ tag: 'rejected', reason: 'credential' });
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

import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { judgeProof } from '@sotto/e2ee/clinicianProof';
import type { ClinicianProof, LeafClaim } from '@sotto/protocol/clinicianProof';
import { type CredentialClaims, createTokenVerifier } from '@sotto/protocol/credential';
import { leafThumbprint, participantId, sessionId, visitId } from '@sotto/protocol/ids';
import type { ClinicianStatement, CredentialId } from '@sotto/protocol/keystore';
import { type Directory, directory, keystoreIdentity } from '@sotto/protocol/keystoreRoutes';
import { directoryView } from '@sotto/protocol/records';
import canonicalize from 'canonicalize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../src/opaqueToken.ts';
import { createVisit, joinAsPatient } from './clinic.ts';
import { Passkey } from './passkey.ts';
import { type Clinician, inSeconds, Records } from './records.ts';
import { Thief } from './thief.ts';

/**
 * The api in an attacker's hands signs credentials for anybody, under any role. What it must not get is a leaf that a
 * browser takes for a clinician of the directory: browsers judge by `judgeProof` (packages/e2ee/SPEC.md section 2.1).
 */
let records: Records;
let thief: Thief;
let victim: Clinician;
let colleague: Clinician;
let known: Directory;
let statementKey: string;
const visit = newId(visitId);
/** Of a leaf key that the attacker holds. */
const leaf = leafThumbprint.parse(createHash('sha256').update(randomBytes(32)).digest('base64url'));
beforeAll(async () => {
  records = await Records.start();
  victim = await records.enrolled('physician', 'Dr Victim');
  colleague = await records.enrolled('physician', 'Dr Colleague');
  thief = await Thief.at(records.keystore, records.clinic.origin);
  known = directory.parse((await thief.ask('GET', '/v1/directory')).json);
  ({ statementKey } = keystoreIdentity.parse((await thief.ask('GET', '/v1/identity')).json));
}, 300_000);
afterAll(async () => {
  thief.close();
  await records.close();
}, 60_000);

const entryOf = ({ passkey }: Clinician): ClinicianStatement => {
  const found = known.entries.find(({ payload }) => payload.credential === passkey.credential);
  if (found === undefined) throw new Error('not enrolled');
  return found;
};
const textOf = ({ payload, signature }: ClinicianStatement, changes: object = {}): ClinicianProof['entry'] => ({
  payload: canonicalize({ ...payload, ...changes }) ?? '',
  signature,
});

/** What the api signs for whomever it likes. */
async function claimsOf(thumbprint = leaf): Promise<CredentialClaims> {
  const { issuer, clinicId, now } = records.clinic.context;
  const made = { visitId: visit, participantId: newId(participantId), role: 'physician' } as const;
  const session = newId(sessionId);
  const { credential } = await issuer.grant({ ...made, leaf: thumbprint, session, name: victim.name }, now());
  const verdict = await (await createTokenVerifier(issuer.publicKeys, clinicId)).credential(credential, now());
  if (verdict.tag !== 'valid') throw new Error(verdict.tag);
  return verdict.claims;
}

const claim = (changes: Partial<LeafClaim> = {}): LeafClaim => ({
  ...{ type: 'sotto/leaf/v1', clinic: records.clinic.context.clinicId, visit, leaf },
  ...{ expiry: inSeconds(3_600), ...changes },
});

/** What a browser says that has the keystore's key. */
async function verdictOn(
  entry: ClinicianProof['entry'],
  assertion: ClinicianProof['assertion'],
  expiry: string,
  revoked: CredentialId[] = [],
) {
  const trust = { statementKey, rpId: 'localhost', revoked };
  const { clinicId } = records.clinic.context;
  const now = Math.floor(Date.now() / 1000);
  const verdict = await judgeProof({ entry, expiry, assertion }, await claimsOf(), {
    ...{ clinicId, visitId: visit, trust, now },
  });
  return verdict.tag === 'proven' ? verdict.tag : verdict.reason;
}

describe('an api that is taken over makes no leaf a clinician’s', () => {
  const by = (passkey: Passkey, said: LeafClaim) => passkey.assert('sotto/leaf/v1', said);

  it('unless that clinician’s own passkey answers for this very leaf', async () => {
    const said = claim();
    expect(await verdictOn(textOf(entryOf(victim)), by(victim.passkey, said), said.expiry)).toBe('proven');
  });

  it('by its own passkey, under any name', async () => {
    const said = claim();
    const own = by(thief.passkey, said);
    const { credential } = victim.passkey;
    expect(await verdictOn(textOf(entryOf(victim)), own, said.expiry)).toBe('signature');
    expect(await verdictOn(textOf(entryOf(victim)), { ...own, credential }, said.expiry)).toBe('signature');
    const lent = { ...by(colleague.passkey, said), credential };
    expect(await verdictOn(textOf(entryOf(victim)), lent, said.expiry)).toBe('signature');
  });

  it('by an entry that it wrote, signed with any key that it has', async () => {
    const said = claim();
    const { credential, publicKey } = thief.passkey;
    const swapped = textOf(entryOf(victim), { credential, publicKey });
    expect(await verdictOn(swapped, by(thief.passkey, said), said.expiry)).toBe('forgedEntry');
    const { privateKey } = generateKeyPairSync('ed25519');
    const signed = Buffer.from(`sotto/keystore/v1 statement\0${swapped.payload}`);
    const forged = { ...swapped, signature: sign(null, signed, privateKey).toString('base64url') };
    expect(await verdictOn(forged, by(thief.passkey, said), said.expiry)).toBe('forgedEntry');
    const raised = textOf(entryOf(records.officer(0)), { role: 'physician' });
    expect(await verdictOn(raised, by(records.officer(0).passkey, said), said.expiry)).toBe('forgedEntry');
  });

  it('by an officer’s passkey, whose entry isn’t a physician’s', async () => {
    const said = claim();
    const officer = records.officer(0);
    expect(await verdictOn(textOf(entryOf(officer)), by(officer.passkey, said), said.expiry)).toBe('otherRole');
  });

  it('by anything else that the victim’s passkey ever signed', async () => {
    const entry = textOf(entryOf(victim));
    const { expiry } = claim();
    const elsewhere = [
      by(victim.passkey, claim({ leaf: leafThumbprint.parse('A'.repeat(43)), expiry })),
      by(victim.passkey, claim({ visit: newId(visitId), expiry })),
      by(victim.passkey, claim({ expiry: inSeconds(60) })),
      victim.passkey.assert('sotto/release/v1', claim({ expiry })),
      victim.passkey.assert('sotto/act/v1', claim({ expiry })),
      victim.passkey.assert('sotto/enrolment/v1', claim({ expiry })),
    ];
    for (const assertion of elsewhere) expect(await verdictOn(entry, assertion, expiry)).toBe('challenge');
    const over = claim({ expiry: inSeconds(-120) });
    expect(await verdictOn(entry, by(victim.passkey, over), over.expiry)).toBe('proofTime');
  });

  it('by a passkey that was revoked, in the browser of a patient about whom its owner wrote nothing', async () => {
    const gone = await records.enrolled('physician', 'Dr Cam Gone');
    const { id: subject, passkey } = gone;
    const { credential } = passkey;
    known = directory.parse((await thief.ask('GET', '/v1/directory')).json);
    const entry = textOf(entryOf(gone));
    const said = claim();
    expect(await verdictOn(entry, by(passkey, said), said.expiry)).toBe('proven');

    const officer = records.officer(0);
    const body = await records.act([officer], { action: 'revoke', subject, credential, reason: 'suspected' });
    expect((await officer.browser.send('POST', '/api/keystore/acts', { body })).status).toBe(200);
    // The passkey that they have now is nobody's business.
    const back = { ...gone, passkey: new Passkey(records.clinic.origin) };
    const newcomer = await records.askForEnrolment(back);
    const entered = await records.act(
      [officer, records.officer(1)],
      { action: 'enrol', entry: records.entryOf(back) },
      newcomer,
    );
    expect((await officer.browser.send('POST', '/api/keystore/acts', { body: entered })).status).toBe(200);
    const { id } = await createVisit(victim.browser, records.clinic);
    const patient = await joinAsPatient(victim.browser, records.clinic, id);
    const told = directoryView.parse((await patient.send('GET', '/api/keystore/directory')).json);
    expect(told.entries).toMatchObject([{ payload: { subject, credential } }]);
    expect(told.people).toEqual([]);
    const revoked = told.revocations.map(({ payload }) => payload.credential);
    expect(await verdictOn(entry, by(passkey, said), said.expiry, revoked)).toBe('revoked');
  });
});

import { type ObjectId, type PatientId, type StaffId, visitId } from '@sotto/protocol/ids';
import { type Enrolment, type ReleaseRequest, readingNonce, requestId } from '@sotto/protocol/keystore';
import {
  type ActCall,
  directory,
  type KeystoreCode,
  keystoreIdentity,
  patientKeys,
  type SignedRelease,
} from '@sotto/protocol/keystoreRoutes';
import { sealBytes, signManifest } from '@sotto/vault';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { newId } from '../src/opaqueToken.ts';
import { type Clinician, inSeconds, type Records, type WrittenNote } from './records.ts';
import { RecoveryCode } from './recoveryCode.ts';
import { refusedAs, type TakenOver, takeOver } from './stolenApi.ts';
import type { Thief } from './thief.ts';

/**
 * The api in an attacker's hands: its certificate and key for the keystore's door, its database as the owner, its
 * identity and field keys, everybody's cookies, and every request that ever passed. What it must not get is a released
 * key or a clinician's entry (SPEC of the keystore, section 1).
 */
let taken: TakenOver;
let records: Records;
let thief: Thief;
let victim: Clinician;
let colleague: Clinician;
let note: WrittenNote;
let other: WrittenNote;
/** What passed through the api before, and was let through. */
let seen: SignedRelease;
beforeAll(async () => {
  taken = await takeOver();
  ({ records, thief, physician: victim, colleague } = taken);
  note = await records.write(victim);
  other = await records.write(victim, { visit: note.visit });
  seen = await records.release(victim, [note.object]);
  await records.clinic.context.keystore.release({ ...seen, relayed: vouching([note.pseudonym]) });
}, 300_000);
afterAll(() => taken.close(), 60_000);

/** The api says of a request what it likes. */
const vouching = (related: readonly PatientId[]) => ({ address: '192.0.2.7', userAgent: null, related: [...related] });
const officer = () => records.officer(0);
const second = () => records.officer(1);

async function steal(call: SignedRelease, related: readonly PatientId[] = [note.pseudonym]) {
  return thief.ask('POST', '/v1/releases', { ...call, relayed: vouching(related) });
}
async function freshRequest(changes: Partial<ReleaseRequest> = {}): Promise<ReleaseRequest> {
  const nonce = await thief.nonce(victim.id);
  const { viewerKey } = thief;
  return { ...seen.request, id: newId(requestId), nonce, expiry: inSeconds(60), viewerKey, ...changes };
}

describe('an api that is taken over', () => {
  it('gets the same sealed answer for what it has seen, and nothing for any change of it', async () => {
    expect(await steal(seen)).toMatchObject({ status: 200 });
    const changes: [Partial<ReleaseRequest>, KeystoreCode][] = [
      [{ viewerKey: thief.viewerKey }, 'conflict'],
      [{ objects: [other.object] }, 'conflict'],
      [{ objects: [note.object, other.object].sort() }, 'conflict'],
      [{ nonce: await thief.nonce(victim.id) }, 'conflict'],
      [{ user: colleague.id }, 'conflict'],
      [{ purpose: 'emergency' }, 'conflict'],
      [{ breakGlass: 'covering' }, 'conflict'],
      [{ expiry: inSeconds(240) }, 'conflict'],
      // The nonce is used up.
      [{ id: newId(requestId) }, 'nonce'],
      // Nor was any of this signed.
      [await freshRequest(), 'assertion'],
      [{ id: newId(requestId), nonce: await thief.nonce(victim.id) }, 'assertion'],
    ];
    for (const [change, code] of changes) {
      expect(await steal({ ...seen, request: { ...seen.request, ...change } })).toMatchObject(refusedAs(code));
    }
  });

  it.each<[string, (request: ReleaseRequest) => SignedRelease['assertion']]>([
    ['a passkey that nobody has signed for', (request) => thief.passkey.assert('sotto/release/v1', request)],
    [
      'that passkey under the victim’s credential',
      (request) => ({
        ...thief.passkey.assert('sotto/release/v1', request),
        credential: victim.passkey.credential,
      }),
    ],
    ['the assertion of an earlier release', () => seen.assertion],
    ['a recovery code’s signature', () => ({ credential: victim.passkey.credential, signature: 'A'.repeat(86) })],
    ['another clinician’s passkey', (request) => colleague.passkey.assert('sotto/release/v1', request)],
    ['an officer’s passkey', (request) => officer().passkey.assert('sotto/release/v1', request)],
    ['what the victim signed as an act', (request) => victim.passkey.assert('sotto/act/v1', request)],
    ['what the victim signed as an enrolment', (request) => victim.passkey.assert('sotto/enrolment/v1', request)],
  ])('gets no release by %s, whatever relationship it vouches for', async (_, sign) => {
    const request = await freshRequest();
    const call = { request, assertion: sign(request), approval: null };
    expect(await steal(call)).toMatchObject(refusedAs('assertion'));
  });

  it('can lend a clinician the relationship that it vouches for, sealed to that clinician alone', async () => {
    const release = await records.release(colleague, [note.object]);
    expect(await steal(release, [])).toMatchObject(refusedAs('denied'));
    const asked = await records.release(colleague, [note.object]);
    const diverted = { ...asked, request: { ...asked.request, viewerKey: thief.viewerKey } };
    expect(await steal(diverted, [note.pseudonym])).toMatchObject(refusedAs('assertion'));
    const again = await records.release(colleague, [note.object]);
    expect(await steal(again, [note.pseudonym])).toMatchObject({ status: 200 });
  });

  const enrol = (call: ActCall) => thief.ask('POST', '/v1/acts', call);
  const isInDirectory = async (subject: StaffId, credential: string) => {
    const { entries } = directory.parse((await thief.ask('GET', '/v1/directory')).json);
    return entries.some(({ payload }) => payload.subject === subject && payload.credential === credential);
  };

  it('enrols nobody: not by itself, not with a clinician, not with half of what two officers must sign', async () => {
    const impostor: Clinician = { ...victim, passkey: thief.passkey };
    const newcomer = records.enrolmentOf(impostor);
    expect(await thief.ask('POST', '/v1/enrolments', newcomer)).toMatchObject({ status: 204 });
    const entry = records.entryOf(impostor);
    const asked = () => records.act([officer()], { action: 'enrol', entry }, newcomer);
    const signed = async (sign: (act: ActCall['act']) => ActCall['assertions']): Promise<ActCall> => {
      const { act } = await asked();
      return { act, assertions: sign(act), newcomer };
    };
    const onHost = await asked();
    const calls: [ActCall, KeystoreCode][] = [
      [{ act: { ...onHost.act, by: [] }, assertions: [], newcomer }, 'notOnHost'],
      [await signed(() => []), 'invalid'],
      [await signed((act) => [thief.passkey.assert('sotto/act/v1', act)]), 'assertion'],
      [await signed((act) => [officer().passkey.assert('sotto/release/v1', act)]), 'assertion'],
      [await records.act([victim], { action: 'enrol', entry }, newcomer), 'assertion'],
      [await records.act([officer()], { action: 'replace', entry }, newcomer), 'invalid'],
      [await records.act([officer(), victim], { action: 'replace', entry }, newcomer), 'assertion'],
    ];
    for (const [call, code] of calls) expect(await enrol(call)).toMatchObject(refusedAs(code));
    expect(await isInDirectory(victim.id, thief.passkey.credential)).toBe(false);
  });

  it('swaps no key into what an officer signs', async () => {
    const newcomer = await records.stranger();
    const enrolment = await records.askForEnrolment(newcomer);
    const asked = () => records.act([officer()], { action: 'enrol', entry: records.entryOf(newcomer) }, enrolment);
    const impostor: Clinician = { ...newcomer, passkey: thief.passkey };
    const entry = records.entryOf(impostor);
    const signed = await asked();
    const swapped = { ...signed, act: { ...signed.act, entry } as ActCall['act'] };
    const own = records.enrolmentOf(impostor);
    expect(await enrol({ ...swapped, newcomer: own })).toMatchObject(refusedAs('assertion'));
    expect(await enrol({ ...(await asked()), newcomer: own })).toMatchObject(refusedAs('assertion'));
    expect(await isInDirectory(newcomer.id, thief.passkey.credential)).toBe(false);
  });

  it('gives no patient a key, nor itself one in a patient’s name', async () => {
    const { pseudonym, visit } = note;
    const code = new RecoveryCode(pseudonym);
    const enrolment: Enrolment = {
      ...{ type: 'sotto/enrolment/v1', of: 'patient', clinic: records.clinic.context.clinicId },
      ...{ visit: visitId.parse(visit.id), entry: code.entry, requestedAt: inSeconds(0) },
    };
    const newcomer = { enrolment, proof: code.assert('sotto/enrolment/v1', enrolment) };
    expect(await thief.ask('POST', '/v1/enrolments', newcomer)).toMatchObject({ status: 204 });
    const given = { action: 'enrolPatient', visit: enrolment.visit, entry: code.entry } as const;
    const forged = { ...victim, passkey: thief.passkey };
    const calls: [ActCall, KeystoreCode][] = [
      [await records.act([forged], given, newcomer), 'assertion'],
      [await records.act([officer()], given, newcomer), 'assertion'],
      [await records.act([victim], { action: 'assist', entry: code.entry }, newcomer), 'invalid'],
      [await records.act([forged, colleague], { action: 'assist', entry: code.entry }, newcomer), 'assertion'],
    ];
    for (const [call, refusal] of calls) expect(await enrol(call)).toMatchObject(refusedAs(refusal));
    const request = await freshRequest({
      user: pseudonym,
      nonce: await thief.nonce(pseudonym),
      purpose: 'patientRequest',
    });
    const assertion = code.assert('sotto/release/v1', request);
    expect(await steal({ request, assertion, approval: null })).toMatchObject(refusedAs('assertion'));
    const { json } = await thief.ask('GET', `/v1/patients/${pseudonym}/keys?nonce=${newId(readingNonce)}`);
    expect(patientKeys.parse(json).keys).toEqual([]);
  });

  it('shreds, revokes, holds and restricts nothing, and lifts no restriction', async () => {
    const { pseudonym, object } = note;
    const { credential } = victim.passkey;
    const restriction = 'A'.repeat(43);
    const acts: [ActCall, KeystoreCode][] = [
      [await records.act([officer()], { action: 'shred', pseudonym, object }), 'invalid'],
      [await records.act([second(), victim], { action: 'shred', pseudonym, object: null }), 'assertion'],
      [await records.act([victim], { action: 'hold', pseudonym }), 'assertion'],
      [await records.act([officer()], { action: 'restrict', pseudonym, object }), 'invalid'],
      [await records.act([second(), victim], { action: 'restrict', pseudonym, object: null }), 'assertion'],
      [
        await records.act([second(), victim], { action: 'liftRestriction', pseudonym, object, restriction }),
        'assertion',
      ],
      [await records.act([victim], { action: 'revoke', subject: victim.id, credential, reason: 'lost' }), 'assertion'],
    ];
    for (const [call, code] of acts) expect(await enrol(call)).toMatchObject(refusedAs(code));
    expect(await steal(seen)).toMatchObject({ status: 200 });
  });

  it('registers no manifest but what a clinician’s passkey has signed', async () => {
    const target = await records.write(victim, { visit: note.visit, isStored: false });
    const { object, publicKey, pseudonym, visit } = target.minted.statement.payload;
    const context = {
      ...{ clinic: records.clinic.context.clinicId, pseudonym, visit, object },
      ...({ kind: 'note', track: 0, consent: null } as const),
    };
    const run = { context: { object: context, part: 'body' as const, run: 0 }, previous: null };
    const key = new Uint8Array(Buffer.from(publicKey, 'base64url'));
    const { record } = await sealBytes({ ...run, publicKey: key }, new TextEncoder().encode('forged'));
    const forged = await signManifest(
      { context, roster: null, sealedAt: inSeconds(0), runs: [record], head: null },
      thief.passkey.signer,
    );
    const register = (manifest: string, of: ObjectId = object) =>
      thief.ask('POST', '/v1/registrations', { object: of, manifest, evidence: null });
    const forgedText = Buffer.from(forged).toString('base64url');
    expect(await register(forgedText)).toMatchObject(refusedAs('assertion'));
    // What the victim signed for one object is not taken for another, and what is registered stays.
    expect(await register(other.upload.manifest)).toMatchObject(refusedAs('invalid'));
    expect(await register(forgedText, note.object)).toMatchObject(refusedAs('conflict'));
    expect(await register(target.upload.manifest)).toMatchObject({ status: 200 });
  });

  it('gains nothing by rewriting its own database', async () => {
    const owner = new Client(inject('ownerUrl'));
    await owner.connect();
    try {
      const swap = 'update clinic.visit set clinician_id = $1 where id = $2';
      await owner.query(swap, [colleague.id, note.visit.id]);
      await owner.query('update clinic.staff set role = $1 where id = $2', ['privacyOfficer', victim.id]);
      const request = await freshRequest({ user: colleague.id, nonce: await thief.nonce(colleague.id) });
      const assertion = thief.passkey.assert('sotto/release/v1', request);
      const forged = { ...assertion, credential: colleague.passkey.credential };
      const answer = await colleague.browser.send('POST', '/api/keystore/releases', {
        body: { request, assertion: forged, approval: null },
      });
      expect(answer).toMatchObject(refusedAs('assertion'));
      const raised = await records.act([victim], { action: 'hold', pseudonym: note.pseudonym });
      const handedIn = await victim.browser.send('POST', '/api/keystore/acts', { body: raised });
      expect(handedIn).toMatchObject(refusedAs('assertion'));
      await owner.query(swap, [victim.id, note.visit.id]);
      await owner.query('update clinic.staff set role = $1 where id = $2', ['physician', victim.id]);
    } finally {
      await owner.end();
    }
  });

  it('finds no other door', async () => {
    const paths = [
      '/v1/keys',
      `/v1/objects/${note.object}`,
      `/v1/patients/${note.pseudonym}`,
      '/v1/releases',
      '/v1/log',
    ];
    for (const path of paths) expect(await thief.ask('GET', path)).toMatchObject({ status: 404 });
    // Strict schemas: public keys, and nothing besides.
    keystoreIdentity.parse((await thief.ask('GET', '/v1/identity')).json);
    directory.parse((await thief.ask('GET', '/v1/directory')).json);
    const keys = `/v1/patients/${note.pseudonym}/keys?nonce=${newId(readingNonce)}`;
    patientKeys.parse((await thief.ask('GET', keys)).json);
    expect(JSON.stringify((await thief.ask('GET', '/v1/status')).json)).not.toMatch(/[\w-]{40}/);
    expect(await thief.ask('DELETE', `/v1/objects/${note.object}`)).toMatchObject({ status: 404 });
  });
});

import { patientId, visitId } from '@sotto/protocol/ids';
import { nonce } from '@sotto/protocol/keystore';
import {
  type PatientSignInCall,
  type PatientSignInStatement,
  patientSignInStatement,
} from '@sotto/protocol/patientSignIn';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256, toBase64url, utf8 } from '../src/bytes.ts';
import { hashAct } from '../src/directory/act.ts';
import { hashEnrolment } from '../src/directory/newKey.ts';
import { hashPatientSignIn, signInPatient } from '../src/directory/patientSignIn.ts';
import { newId } from '../src/ids.ts';
import { issueNonce } from '../src/nonces.ts';
import { hashRequest } from '../src/release/releaseRequest.ts';
import { Passkey, party, type Tampering } from './passkey.ts';
import { entriesAbout, inSeconds, type ViewerKey } from './people.ts';
import { RecoveryCode } from './recoveryCode.ts';
import { clinicReleases, releaseScene } from './releaseScene.ts';

const { installation, context, people, physician, clock, releases } = await releaseScene(clinicReleases);
beforeEach(() => {
  clock.offsetMs = 0;
});
afterAll(() => installation.remove());

const refused = (code: string) => ({ tag: 'refused', code });
const relayed = { address: '192.0.2.9', userAgent: 'Test/2' };
const origin = party.origins[0] ?? '';

async function statementOf(changes: Partial<PatientSignInStatement> = {}): Promise<PatientSignInStatement> {
  const { nonce: given } = await issueNonce(context.database, context.clinic, context.now());
  const { clinic, now } = context;
  return { type: 'sotto/patient-sign-in/v1', clinic, nonce: given, origin, expiry: inSeconds(now(), 60), ...changes };
}

type Key = Pick<ViewerKey, 'assert'>;

async function callOf(
  key: Key,
  changes: Partial<PatientSignInStatement> = {},
  tampering: Tampering = {},
): Promise<PatientSignInCall> {
  const statement = await statementOf(changes);
  return { statement, assertion: key.assert(hashPatientSignIn(statement), tampering), relayed };
}
const handIn = (call: PatientSignInCall) => signInPatient(context, party, call);
const signIn = async (...given: Parameters<typeof callOf>) => handIn(await callOf(...given));

/** A patient with a passkey, for which a physician has signed in a visit. */
async function passkeyPatient(counter: number | null = 0) {
  const pseudonym = newId(patientId);
  const [passkey, visit] = [new Passkey(undefined, counter), newId(visitId)];
  const { credential, publicKey } = passkey;
  const entry = { kind: 'passkey', pseudonym, credential, publicKey: toBase64url(publicKey) } as const;
  const outcome = await people.acts.perform(
    await people.call([physician], { action: 'enrolPatient', visit, entry }, passkey),
  );
  if (outcome.tag === 'refused') throw new Error(outcome.code);
  return { passkey, pseudonym, credential };
}
const codePatient = () => people.patient(physician);

describe('a patient who signs in', () => {
  it('is known by their passkey, and finds it in their own log', async () => {
    const { passkey, pseudonym, credential } = await passkeyPatient();
    const call = await callOf(passkey);
    expect(await handIn(call)).toEqual({
      tag: 'signedIn',
      answer: { pseudonym, kind: 'passkey', credential },
    });
    expect(await entriesAbout(context, call.statement.nonce)).toMatchObject([
      {
        ...{ actor: pseudonym, role: 'patient', action: 'patient.signIn', resource: `patient:${pseudonym}` },
        ...{ patient: pseudonym, ...relayed, outcome: 'allowed', before: null },
        after: toBase64url(hashPatientSignIn(call.statement)),
      },
    ]);
  });

  it('is known by their recovery code', async () => {
    const code = await codePatient();
    expect(await signIn(code)).toMatchObject({
      tag: 'signedIn',
      answer: { pseudonym: code.subject, kind: 'recoveryCode', credential: code.entry.credential },
    });
  });

  it('signs once by each nonce, also where the first try was refused', async () => {
    const { passkey } = await passkeyPatient(null);
    const call = await callOf(passkey);
    expect(await handIn(call)).toMatchObject({ tag: 'signedIn' });
    expect(await handIn(call)).toEqual(refused('nonce'));
    const wrong = await callOf(passkey, {}, { flags: 0x01 });
    expect(await handIn(wrong)).toEqual(refused('assertion'));
    const again = { ...wrong, assertion: passkey.assert(hashPatientSignIn(wrong.statement)) };
    expect(await handIn(again)).toEqual(refused('nonce'));
  });

  it('signs by one nonce once, however many at once', async () => {
    const code = await codePatient();
    const call = await callOf(code);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => handIn(call)));
    expect(outcomes.filter(({ tag }) => tag === 'signedIn')).toHaveLength(1);
    expect(await entriesAbout(context, call.statement.nonce)).toHaveLength(1);
  });

  it('has 60 seconds, and no more than five minutes of expiry', async () => {
    const { passkey } = await passkeyPatient();
    const call = await callOf(passkey, { expiry: inSeconds(context.now(), 120) });
    clock.offsetMs = 61_000;
    expect(await handIn(call)).toEqual(refused('nonce'));
    clock.offsetMs = 0;
    const at = context.now();
    expect(await signIn(passkey, { expiry: inSeconds(at, -1) })).toEqual(refused('expired'));
    expect(await signIn(passkey, { expiry: inSeconds(at, 600) })).toEqual(refused('expired'));
  });

  it('needs a nonce of the clinic, not one of somebody’s', async () => {
    const code = await codePatient();
    const { nonce: theirs } = await issueNonce(context.database, code.subject, context.now());
    expect(await signIn(code, { nonce: theirs })).toEqual(refused('nonce'));
    expect(await signIn(code, { nonce: newId(nonce) })).toEqual(refused('nonce'));
  });

  it.each([
    ['another clinic', { clinic: physician.subject as never }, {}],
    ['a page of another origin', { origin: 'https://evil.example' }, {}],
    [
      'a page of ours that the browser doesn’t name',
      { origin: 'https://localhost:8443' },
      { origin: 'https://evil.example' },
    ],
    ['another rpId', {}, { rpId: 'evil.example' }],
    ['no user verification', {}, { flags: 0x01 }],
    ['nobody present', {}, { flags: 0x04 }],
    ['a frame in another page', {}, { crossOrigin: true }],
    ['a registration', {}, { type: 'webauthn.create' }],
    ['a counter that stands still', {}, { counter: 1 }],
  ] satisfies [string, Partial<PatientSignInStatement>, Tampering][])(
    'is refused from %s',
    async (_, changes, tampering) => {
      const { passkey } = await passkeyPatient();
      expect(await signIn(passkey)).toMatchObject({ tag: 'signedIn' });
      const call = await callOf(passkey, changes, tampering);
      expect(await handIn(call)).toEqual(refused('assertion'));
      expect(await entriesAbout(context, call.statement.nonce)).toEqual([]);
    },
  );

  it('is refused by a code for another origin or clinic, which nothing else binds to a site', async () => {
    const code = await codePatient();
    expect(await signIn(code, { origin: 'https://evil.example' })).toEqual(refused('assertion'));
    expect(await signIn(code, { clinic: code.subject as never })).toEqual(refused('assertion'));
  });

  it('gets one answer for a key that is unknown, of staff, another’s, ended, or of somebody whose keys were shredded', async () => {
    const [{ passkey, pseudonym, credential }, other] = [await passkeyPatient(), await codePatient()];
    const call = await callOf(passkey);
    const swapped = { ...call, assertion: { ...call.assertion, credential: other.entry.credential } };
    const named = { ...(await callOf(other)), assertion: (await callOf(new RecoveryCode())).assertion };
    const outcomes = [
      await signIn(new Passkey()),
      await signIn(new RecoveryCode()),
      await signIn(physician),
      await handIn(swapped),
      await handIn(named),
    ];
    await people.perform([physician], { action: 'revokePatient', pseudonym, credential, reason: 'lost' });
    outcomes.push(await signIn(passkey));
    await people.object(other.subject);
    await people.perform(people.officers, { action: 'shred', pseudonym: other.subject, object: null });
    outcomes.push(await signIn(other));
    expect(new Set(outcomes.map((one) => JSON.stringify(one)))).toEqual(
      new Set([JSON.stringify(refused('assertion'))]),
    );
  });

  it('reads in their log that an ended key was tried; strangers write nothing there', async () => {
    const { passkey, pseudonym, credential } = await passkeyPatient();
    await people.perform([physician], { action: 'revokePatient', pseudonym, credential, reason: 'suspected' });
    const call = await callOf(passkey);
    expect(await handIn(call)).toEqual(refused('assertion'));
    expect(await entriesAbout(context, call.statement.nonce)).toMatchObject([
      {
        ...{ actor: 'unverified', role: 'unverified', patient: pseudonym, outcome: 'refused' },
        before: toBase64url(sha256(utf8('revoked'))),
      },
    ]);
    const stranger = await callOf(new Passkey());
    await handIn(stranger);
    expect(await entriesAbout(context, stranger.statement.nonce)).toEqual([]);
  });

  it('waits the day of a key that was enrolled with help', async () => {
    const code = new RecoveryCode();
    const [officer] = people.officers;
    if (!officer) throw new Error('there are officers');
    await people.acts.perform(await people.call([officer, physician], { action: 'assist', entry: code.entry }, code));
    expect(await signIn(code)).toEqual(refused('notYet'));
    clock.offsetMs = 25 * 3_600_000;
    expect(await signIn(code)).toMatchObject({ tag: 'signedIn' });
  });

  it('can’t sign in by what they signed for something else, nor open anything by a sign-in', async () => {
    const code = await codePatient();
    const { object } = await people.object(code.subject);
    const own = { request: { purpose: 'patientRequest' as const } };
    const statement = await statementOf();
    const { call: release } = await people.viewer(code, [object], own);
    const { call: asStatement } = await people.viewer(code, [object], {
      request: { ...own.request, nonce: statement.nonce },
    });
    for (const challenge of [
      hashRequest(release.request),
      hashRequest(asStatement.request),
      hashAct(statement as never),
      hashEnrolment(statement as never),
    ]) {
      const fresh = await statementOf();
      expect(await handIn({ statement: fresh, assertion: code.assert(challenge), relayed })).toEqual(
        refused('assertion'),
      );
    }
    const signed = code.assert(hashPatientSignIn(statement));
    expect(await releases.release({ ...release, assertion: signed })).toMatchObject(refused('assertion'));
    const same = code.assert(hashPatientSignIn(release.request as never));
    const { call: next } = await people.viewer(code, [object], own);
    expect(await releases.release({ ...next, assertion: same })).toMatchObject(refused('assertion'));
  });

  it('signs the hash that the specification gives', () => {
    const statement = patientSignInStatement.parse({
      ...{ type: 'sotto/patient-sign-in/v1', clinic: 'AAECAwQFBgcICQoLDA0ODw', nonce: 'EBESExQVFhcYGRobHB0eHw' },
      ...{ origin: 'https://sotto.example', expiry: '2031-05-06T07:09:09Z' },
    });
    expect(toBase64url(hashPatientSignIn(statement))).toBe('GAI1qowLGEmOMMPX_eiprSoC2cP4zdmJq0pnm3BXj2Q');
  });

  it('leaves a release’s nonce and counter as they count for releases', async () => {
    const { passkey, pseudonym } = await passkeyPatient();
    expect(await signIn(passkey)).toMatchObject({ tag: 'signedIn' });
    const { object } = await people.object(pseudonym);
    const key = { subject: pseudonym, assert: passkey.assert.bind(passkey) };
    const own = { request: { purpose: 'patientRequest' as const } };
    const { call } = await people.viewer(key, [object], { ...own, assertion: { counter: passkey.counter ?? 0 } });
    expect(await releases.release(call)).toMatchObject(refused('assertion'));
    const asClinic = await people.viewer(key, [object], { ...own, nonceFor: context.clinic as never });
    expect(await releases.release(asClinic.call)).toMatchObject(refused('nonce'));
    expect(await releases.release((await people.viewer(key, [object], own)).call)).toMatchObject({ tag: 'released' });
  });
});

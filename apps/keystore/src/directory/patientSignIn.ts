import { type CodeAssertion, challengeLabels, type PasskeyAssertion } from '@sotto/protocol/keystore';
import type { PatientSignInAnswer, PatientSignInCall, PatientSignInStatement } from '@sotto/protocol/patientSignIn';
import { challengeOf, type RelyingParty } from '@sotto/service/assertion';
import type { Transaction } from '@sotto/service/postgres';
import { type Bytes, canonicalJson, sha256, toBase64url, utf8 } from '../bytes.ts';
import { takeRecordingTurn } from '../database/recordingTurn.ts';
import { isPatientShredded } from '../keys/shredding.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { entryOf } from '../log/entry.ts';
import { isAlive, useNonces } from '../nonces.ts';
import { moveCounter } from '../requestLedger.ts';
import { isInTime } from '../signedExpiry.ts';
import { findPatientCredential, type PatientCredential } from './patientCredential.ts';
import { patientSignature } from './patientSignature.ts';

type SignInContext = Pick<KeystoreContext, 'clinic' | 'database' | 'log' | 'statements' | 'now'>;

/** `assertion`: no key of a patient that counts has signed it, whatever the reason. */
export type PatientSignInOutcome =
  | { readonly tag: 'signedIn'; readonly answer: PatientSignInAnswer }
  | { readonly tag: 'refused'; readonly code: 'nonce' | 'expired' | 'assertion' | 'notYet' };

const refuse = (code: Extract<PatientSignInOutcome, { tag: 'refused' }>['code']): PatientSignInOutcome => ({
  tag: 'refused',
  code,
});

/** What the key signs, and the log's name of it. */
export const hashPatientSignIn = (statement: PatientSignInStatement): Bytes =>
  challengeOf(challengeLabels.patientSignIn, canonicalJson(statement));

/**
 * Says whose key signed that they come to their own page (SPEC.md section 6.1): it opens nothing. Who isn't known leaves nothing in
 * anybody's log; a key that was theirs, and counts no more, does.
 *
 * @param party whose pages may ask
 * @throws LogStopped, ReleaseStopped or the driver's error: nobody is signed in
 */
export async function signInPatient(
  context: SignInContext,
  party: RelyingParty,
  { statement, assertion, relayed }: PatientSignInCall,
): Promise<PatientSignInOutcome> {
  const { clinic, database, log } = context;
  const at = context.now();
  if (!isInTime(statement.expiry, at)) return refuse('expired');
  if (!(await isAlive(database, statement.nonce, clinic, at))) return refuse('nonce');
  const challenge = hashPatientSignIn(statement);
  const isHere = statement.clinic === clinic && party.origins.includes(statement.origin);
  // A passkey's own page must be the one that the statement names.
  const ofPage = { rpId: party.rpId, origins: isHere ? [statement.origin] : [] };
  const signed = isHere ? await signerOf(context, ofPage, assertion, challenge) : null;
  const outcome = await database.transaction(async (transaction) => {
    if (signed !== null) await takeRecordingTurn(transaction);
    const used = await useNonces(transaction, [statement.nonce], at);
    if (used.get(statement.nonce) !== clinic) return refuse('nonce');
    if (signed === null) return refuse('assertion');
    const refusal = await refusalOf(transaction, signed, at);
    const { pseudonym, kind, credential } = signed.key.entry;
    await log.append(transaction, [
      entryOf(at, {
        ...(refusal === null
          ? { actor: pseudonym, role: 'patient' }
          : { actor: 'unverified', role: 'unverified', before: toBase64url(sha256(utf8(refusal))) }),
        ...{ action: 'patient.signIn', resource: `patient:${pseudonym}`, patient: pseudonym, session: statement.nonce },
        ...{ address: relayed.address, userAgent: relayed.userAgent, after: toBase64url(challenge) },
        outcome: refusal === null ? 'allowed' : 'refused',
      }),
    ]);
    if (refusal !== null) return refuse(refusal === 'notYet' ? 'notYet' : 'assertion');
    return { tag: 'signedIn' as const, answer: { pseudonym, kind, credential } };
  });
  if (signed !== null) await log.cover();
  return outcome;
}

interface Signed {
  readonly key: PatientCredential;
  readonly counter: number;
}

/** The patient's key that signed, whether it counts or not; null if none that is registered here did. */
async function signerOf(
  { database, statements }: SignInContext,
  party: RelyingParty,
  assertion: PasskeyAssertion | CodeAssertion,
  challenge: Bytes,
): Promise<Signed | null> {
  const key = await findPatientCredential(database, statements.publicKey, assertion.credential);
  const counter = key && patientSignature(key, assertion, { challenge, party });
  return key === null || counter === null ? null : { key, counter };
}

/** Why a key that signed doesn't count; null once its counter has moved on. */
async function refusalOf(
  transaction: Transaction,
  { key: { entry, isRevoked }, counter }: Signed,
  at: Date,
): Promise<'revoked' | 'shredded' | 'notYet' | 'counter' | null> {
  if (isRevoked) return 'revoked';
  if (await isPatientShredded(transaction, entry.pseudonym)) return 'shredded';
  if (new Date(entry.activeFrom) > at) return 'notYet';
  const { credential } = entry;
  return (await moveCounter(transaction, { of: 'patient', credential, counter })) ? null : 'counter';
}

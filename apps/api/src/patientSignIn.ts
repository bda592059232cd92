import { readingNonce } from '@sotto/protocol/keystore';
import type { nonceGrant } from '@sotto/protocol/keystoreRoutes';
import type { PatientSignIn, PatientSignInAnswer } from '@sotto/protocol/patientSignIn';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type * as z from 'zod';
import type { KeystoreOutcome } from './keystoreClient.ts';
import { newId } from './opaqueToken.ts';
import type { RecordsContext } from './relay.ts';
import type { Viewer } from './viewer.ts';

/** The keystore's refusal as somebody is told who isn't known: one answer for every key that doesn't count. */
function ofNobody<T>(outcome: KeystoreOutcome<T>): Result<T> {
  if (outcome.tag === 'answered') return accepted(outcome.value);
  if (outcome.tag === 'unavailable') return refused('unavailable');
  switch (outcome.refusal.code) {
    case 'nonce':
    case 'expired':
    case 'assertion':
      return refused('unauthenticated');
    case 'notYet':
      return refused('wrongState');
    case 'rateLimited':
      return refused('rateLimited', 60_000);
    default:
      return refused('unavailable');
  }
}

type SignInContext = Pick<RecordsContext, 'limits' | 'keystore'>;

/** What a browser needs for one try. @param address key of its network address (`addressKey`) */
export async function beginPatientSignIn(
  { limits, keystore }: SignInContext,
  address: string,
): Promise<Result<z.infer<typeof nonceGrant>>> {
  const taken = await limits.patientChallenges.take(address);
  return taken.ok ? ofNobody(await keystore.issueSignInNonce()) : taken;
}

/**
 * Whose key signed, as the keystore says: no patient's key is known here. `wrongState` for one that counts only later. At most 30
 * failures an address in 15 minutes.
 */
export async function checkPatientKey(
  { limits, keystore }: SignInContext,
  signIn: PatientSignIn,
  { address, viewer }: { readonly address: string; readonly viewer: Viewer },
): Promise<Result<PatientSignInAnswer>> {
  const taken = await limits.patientSignIns.take(address);
  if (!taken.ok) return taken;
  const checked = ofNobody(await keystore.signInPatient({ ...signIn, relayed: viewer }));
  // Nobody failed by a keystore that is away.
  if (checked.ok || checked.code === 'unavailable') await limits.patientSignIns.giveBack(address);
  return checked;
}

/** Whether a patient's key counts, now that a session has begun by it: what ends its sessions may have run before there was this one. */
export async function stillCounts(
  { keystore }: Pick<SignInContext, 'keystore'>,
  { pseudonym, credential }: PatientSignInAnswer,
): Promise<Result<undefined>> {
  const listed = ofNobody(await keystore.patientKeys(pseudonym, newId(readingNonce)));
  if (!listed.ok) return listed;
  const isAlive = listed.value.keys.some(({ payload }) => payload.credential === credential);
  return isAlive ? accepted(undefined) : refused('unauthenticated');
}

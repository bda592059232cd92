import { type CredentialId, challengeLabels, type PasskeyAssertion } from '@sotto/protocol/keystore';
import { type Result, refused } from '@sotto/protocol/result';
import type { PasskeySignIn, SignInStatement } from '@sotto/protocol/signIn';
import { challengeOf, verifyAssertion } from '@sotto/service/assertion';
import canonicalize from 'canonicalize';
import { and, eq, lt } from 'drizzle-orm';
import { isNotLetGo } from './accountStanding.ts';
import { type Arrival, type BegunSession, stepUpSession } from './beginSession.ts';
import type { ClinicContext } from './clinicContext.ts';
import { passkeyCounterTable, staffTable } from './schema.ts';
import { takeChallenge } from './signInChallenge.ts';
import { findLivingPasskey, type LivingPasskey, type LoggedSignInContext } from './staffPasskeys.ts';
import { signOut } from './staffSession.ts';

async function counterOf({ database }: ClinicContext, credential: CredentialId): Promise<number> {
  const [row] = await database
    .select({ counter: passkeyCounterTable.counter })
    .from(passkeyCounterTable)
    .where(eq(passkeyCounterTable.credential, credential));
  return row?.counter ?? 0;
}

/** Moves a counter on. False if another sign-in was there first: two with one count aren't one authenticator's. */
async function moveCounter(
  { clinicId, database }: ClinicContext,
  credential: CredentialId,
  counter: number,
): Promise<boolean> {
  const moved = await database
    .insert(passkeyCounterTable)
    .values({ clinicId, credential, counter })
    .onConflictDoUpdate({
      target: [passkeyCounterTable.clinicId, passkeyCounterTable.credential],
      set: { counter },
      // Zero for ever: an authenticator that doesn't count.
      setWhere: counter === 0 ? eq(passkeyCounterTable.counter, 0) : lt(passkeyCounterTable.counter, counter),
    })
    .returning({ counter: passkeyCounterTable.counter });
  return moved.length === 1;
}

/** Says that somebody's passkey counts from where it was before: its like is somewhere else. */
const tellCounterBack = ({ log }: LoggedSignInContext, { subject }: LivingPasskey) =>
  log.warn('passkeyCounterBack', { staffId: subject });

/** Whether a passkey has signed this sign-in, here and with its owner's finger, face or code. */
async function isSigned(
  context: LoggedSignInContext,
  passkey: LivingPasskey,
  assertion: PasskeyAssertion,
  { statement, rpId, origins }: { statement: SignInStatement; rpId: string; origins: readonly string[] },
): Promise<boolean> {
  const verdict = verifyAssertion(assertion, {
    challenge: challengeOf(challengeLabels.signIn, canonicalize(statement) ?? ''),
    party: { rpId, origins },
    key: {
      publicKey: Buffer.from(passkey.publicKey, 'base64url'),
      counter: await counterOf(context, passkey.credential),
    },
  });
  const isMoved = verdict.tag === 'valid' && (await moveCounter(context, passkey.credential, verdict.counter));
  if (verdict.tag === 'valid' ? !isMoved : verdict.fault === 'counter') tellCounterBack(context, passkey);
  return isMoved;
}

const accountOf = async ({ database, clinicId }: ClinicContext, { subject }: LivingPasskey) => {
  const [row] = await database
    .select({ id: staffTable.id, name: staffTable.name, role: staffTable.role })
    .from(staffTable)
    .where(and(eq(staffTable.id, subject), eq(staffTable.clinicId, clinicId), isNotLetGo));
  return row;
};

/**
 * Signs in with a passkey of the keystore's directory, or brings it to the session that its owner has here. Each challenge
 * is good for one try. 50 failures an address in 15 minutes. An unknown passkey, an ended one, one of whom was let go, a wrong
 * signature and an old challenge can't be told apart. Who is suspended is let in for emergencies (`isNotLetGo`).
 *
 * @param origins of the pages that may ask for a passkey
 */
export async function signInByPasskey(
  context: LoggedSignInContext,
  { nonce, assertion, staff: expected }: PasskeySignIn,
  origins: readonly string[],
  arrival: Arrival,
): Promise<Result<BegunSession>> {
  const { limits, clinicId, keystore } = context;
  const taken = await limits.signInByAddress.take(arrival.address);
  if (!taken.ok) return taken;
  if (!(await takeChallenge(context, nonce))) return refused('unauthenticated');
  const [found, identity] = await Promise.all([findLivingPasskey(context, assertion.credential), keystore.identity()]);
  if (!found.ok || identity.tag !== 'answered') return refused('unavailable');
  const passkey = found.value;
  if (passkey === undefined) return refused('unauthenticated');
  arrival.record.tried(passkey.subject);
  const statement: SignInStatement = { type: 'sotto/sign-in/v1', clinic: clinicId, nonce };
  const { rpId } = identity.value;
  const isOwners = await isSigned(context, passkey, assertion, { statement, rpId, origins });
  const staff = isOwners ? await accountOf(context, passkey) : undefined;
  if (!staff) {
    context.log.info('signInRefused', { staffId: passkey.subject, reason: isOwners ? 'disabled' : 'passkey' });
    return refused('unauthenticated');
  }
  await limits.signInByAddress.giveBack(arrival.address);
  if (expected !== undefined && expected !== staff.id) return refused('forbidden');
  const begun = await stepUpSession(context, staff, arrival);
  if (!begun.ok) return begun;
  // Ended since it was looked up: then what ends its sessions may have run before there was this one.
  const still = await findLivingPasskey(context, passkey.credential);
  if (still.ok && still.value !== undefined) {
    context.log.info('signedIn', { staffId: staff.id, reason: 'passkey' });
    return begun;
  }
  await signOut(context, begun.value.token);
  return still.ok ? refused('unauthenticated') : still;
}

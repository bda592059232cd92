import { type Nonce, nonce } from '@sotto/protocol/keystore';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { SignInOptions } from '@sotto/protocol/signIn';
import { and, eq, gt, lte } from 'drizzle-orm';
import { hashToken, newId } from './opaqueToken.ts';
import { signInChallengeTable } from './schema.ts';
import type { SignInContext } from './staffPasskeys.ts';

/** For so long a browser may ask for a passkey: longer than its own dialog stays open. */
const challengeSeconds = 300;

/** Gives a browser what it asks a passkey with. @param address key of the network address */
export async function issueChallenge(context: SignInContext, address: string): Promise<Result<SignInOptions>> {
  const { clinicId, database, keystore, limits, now } = context;
  const taken = await limits.signInChallenges.take(address);
  if (!taken.ok) return taken;
  const identity = await keystore.identity();
  if (identity.tag !== 'answered') return refused('unavailable');
  const given = newId(nonce);
  const expiresAt = new Date(now().getTime() + challengeSeconds * 1000);
  await database.delete(signInChallengeTable).where(lte(signInChallengeTable.expiresAt, now()));
  await database.insert(signInChallengeTable).values({ nonceHash: hashToken(given), clinicId, expiresAt });
  return accepted({ nonce: given, rpId: identity.value.rpId, expiresAt: expiresAt.toISOString() });
}

/** Takes a challenge out of the world: true for one that was given, isn't old, and was never taken before. */
export async function takeChallenge({ database, now }: SignInContext, given: Nonce): Promise<boolean> {
  const taken = await database
    .delete(signInChallengeTable)
    .where(and(eq(signInChallengeTable.nonceHash, hashToken(given)), gt(signInChallengeTable.expiresAt, now())))
    .returning({ expiresAt: signInChallengeTable.expiresAt });
  return taken.length === 1;
}

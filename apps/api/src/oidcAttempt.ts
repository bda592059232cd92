import type { StaffId } from '@sotto/protocol/ids';
import { and, eq, gt, lte } from 'drizzle-orm';
import type { ClinicContext } from './clinicContext.ts';
import type { OidcChecks } from './oidcProvider.ts';
import { hashToken, newToken } from './opaqueToken.ts';
import { oidcAttemptTable } from './schema.ts';

/** For so long somebody may be at the provider, at most. */
export const attemptSeconds = 600;
/** As long as a proof counts that was shown just now: what it lets somebody bind isn't begun by it later. */
const bindSeconds = 300;
const secondsFor = ({ purpose }: { readonly purpose: OidcPurpose['purpose'] }) =>
  purpose === 'bind' ? bindSeconds : attemptSeconds;

/** What somebody is sent to the provider for, and whose account it is about. */
export type OidcPurpose =
  | { readonly purpose: 'signIn' }
  | { readonly purpose: 'bind' | 'begin'; readonly staffId: StaffId };

type AttemptContext = Pick<ClinicContext, 'clinicId' | 'database' | 'now'>;

/** What goes into the cookie: only who was sent there can come back. */
const cookieOf = ({ state, nonce, verifier }: OidcChecks): string => [state, nonce, verifier].join('.');

/** Makes what the provider's answer will be checked against. */
export const newChecks = (): OidcChecks => ({ state: newToken(), nonce: newToken(), verifier: newToken() });

/** Remembers what a browser is sent away for. @returns the cookie that it comes back with */
export async function beginAttempt(
  { clinicId, database, now }: AttemptContext,
  checks: OidcChecks,
  purpose: OidcPurpose,
): Promise<string> {
  const cookie = cookieOf(checks);
  const expiresAt = new Date(now().getTime() + secondsFor(purpose) * 1000);
  await database.delete(oidcAttemptTable).where(lte(oidcAttemptTable.expiresAt, now()));
  await database.insert(oidcAttemptTable).values({ cookieHash: hashToken(cookie), clinicId, ...purpose, expiresAt });
  return cookie;
}

/** An attempt that somebody has come back from. */
export interface TakenAttempt {
  readonly checks: OidcChecks;
  readonly purpose: OidcPurpose;
  /** For how long they were away. */
  readonly secondsAway: number;
}

/**
 * Takes an attempt out of the world: undefined for a cookie that nobody was given, an old one, one that was used, and for an answer
 * that isn't to it, which leaves it as it is.
 */
export async function takeAttempt(
  { database, now }: AttemptContext,
  cookie: string,
  answered: string,
): Promise<TakenAttempt | undefined> {
  const [state = '', nonce = '', verifier = ''] = cookie.split('.');
  if (state !== answered) return undefined;
  const at = now();
  const [row] = await database
    .delete(oidcAttemptTable)
    .where(and(eq(oidcAttemptTable.cookieHash, hashToken(cookie)), gt(oidcAttemptTable.expiresAt, at)))
    .returning();
  if (row === undefined) return undefined;
  const { purpose, staffId, expiresAt } = row;
  const secondsAway = secondsFor({ purpose }) - Math.floor((expiresAt.getTime() - at.getTime()) / 1000);
  const taken = { checks: { state, nonce, verifier }, secondsAway };
  if (purpose === 'signIn') return { ...taken, purpose: { purpose } };
  return staffId === null ? undefined : { ...taken, purpose: { purpose, staffId } };
}

import type { StaffId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { FactorProof, OidcReturn, OidcStart } from '@sotto/protocol/signIn';
import { type AdminContext, oneAtATime } from './administration.ts';
import { type Arrival, type BegunSession, beginSession } from './beginSession.ts';
import { beginAttempt, newChecks, type OidcPurpose, takeAttempt } from './oidcAttempt.ts';
import type { OidcProvider, ProvenIdentity } from './oidcProvider.ts';
import { asProven } from './secondFactors.ts';
import {
  accountOfIdentity,
  bindIdentity,
  isBound,
  isFree,
  type StaffIdentity,
  unbindIdentity,
} from './staffIdentity.ts';
import { beginAccountOf, findInvited } from './staffInvitations.ts';
import { mailStaff } from './staffMail.ts';
import type { LoggedSignInContext } from './staffPasskeys.ts';
import { asHolder } from './staffSession.ts';

/** What signing in through the clinic's provider works with. */
export interface OidcContext extends LoggedSignInContext, AdminContext {
  readonly provider: OidcProvider;
}

/** Where a browser is sent, and the cookie that it comes back with. */
interface Departure extends OidcStart {
  readonly cookie: string;
}

async function depart(context: OidcContext, purpose: OidcPurpose): Promise<Result<Departure>> {
  const checks = newChecks();
  const url = await context.provider.authorise(checks);
  if (!url.ok) return url;
  return accepted({ url: url.value.href, cookie: await beginAttempt(context, checks, purpose) });
}

/** Sends a browser to the provider to sign in. @param address key of the network address */
export async function startSignIn(context: OidcContext, address: string): Promise<Result<Departure>> {
  const taken = await context.limits.signInChallenges.take(address);
  return taken.ok ? depart(context, { purpose: 'signIn' }) : taken;
}

/** Sends who shows that an account is theirs to the provider, to be known by it from then on. */
export const startBinding = (
  context: OidcContext,
  token: string | undefined,
  proof: FactorProof,
): Promise<Result<Departure>> =>
  asProven(context, token, proof, ({ id: staffId }) => depart(context, { purpose: 'bind', staffId }));

/** Sends whoever holds an invitation's link to the provider; `notFound` for one that works no more. */
export async function startAccount(context: OidcContext, secret: string): Promise<Result<Departure>> {
  const staffId = await findInvited(context, secret);
  return staffId === undefined ? refused('notFound') : depart(context, { purpose: 'begin', staffId });
}

interface Comer {
  readonly arrival: Arrival;
  /** Of the attempt. */
  readonly cookie: string | undefined;
}

/** Takes in a browser that comes back. Undefined: it was bound, and nothing began. Counted as sign-ins by passkey are. */
export async function finishOidc(
  context: OidcContext,
  { state, code, iss }: OidcReturn,
  { arrival, cookie }: Comer,
): Promise<Result<BegunSession | undefined>> {
  const { limits, provider } = context;
  const taken = await limits.signInByAddress.take(arrival.address);
  if (!taken.ok) return taken;
  const attempt = cookie === undefined ? undefined : await takeAttempt(context, cookie, state);
  if (attempt === undefined) return refused('unauthenticated');
  const proven = await provider.redeem({ code, iss }, attempt.checks);
  if (!proven.ok) return proven;
  await limits.signInByAddress.giveBack(arrival.address);
  const { purpose } = attempt;
  switch (purpose.purpose) {
    case 'signIn':
      return signInAs(context, proven.value, arrival);
    case 'bind':
      return bind(context, purpose.staffId, proven.value, arrival.former);
    case 'begin':
      return beginAs(context, purpose.staffId, proven.value, arrival);
  }
}

const identityOf = ({ provider }: OidcContext, { subject }: ProvenIdentity): StaffIdentity => ({
  ...{ issuer: provider.issuer, subject },
});

async function signInAs(context: OidcContext, proven: ProvenIdentity, arrival: Arrival) {
  const staff = await accountOfIdentity(context, identityOf(context, proven));
  if (staff === undefined) return refused('notFound');
  context.log.info('signedIn', { staffId: staff.id, reason: 'oidc' });
  return accepted(await beginSession(context, staff, 'oidc', arrival, proven.said));
}

async function beginAs(context: OidcContext, invited: StaffId, proven: ProvenIdentity, arrival: Arrival) {
  const begun = await beginAccountOf(context, invited, identityOf(context, proven));
  if (!begun.ok) return begun;
  return accepted(await beginSession(context, begun.value, 'oidc', arrival, proven.said));
}

/** Has the provider's word let somebody into their account; `forbidden` where they aren't signed in any more. */
const bind = (
  context: OidcContext,
  staff: StaffId,
  proven: ProvenIdentity,
  token: string | undefined,
): Promise<Result<undefined>> =>
  asHolder(context, token, async ({ id }) => {
    if (id !== staff) return refused('forbidden');
    const identity = identityOf(context, proven);
    return oneAtATime(context, async (database): Promise<Result<undefined>> => {
      const inside = { ...context, database };
      const { issuer } = identity;
      if ((await isBound(inside, staff, issuer)) || !(await isFree(inside, identity))) return refused('conflict');
      await bindIdentity(inside, staff, identity);
      await mailStaff(context, database, staff, 'signInChanged');
      context.log.info('signInChanged', { staffId: staff, reason: 'providerBound' });
      return accepted(undefined);
    });
  });

/** Has the provider's word let whoever asks in no more; `notFound` where it doesn't. What it began goes on. */
export const endBinding = (
  context: OidcContext,
  token: string | undefined,
  proof: FactorProof,
): Promise<Result<undefined>> =>
  asProven(context, token, proof, ({ id }) =>
    context.database.transaction(async (database) => {
      if (!(await unbindIdentity({ database }, id, context.provider.issuer))) return refused('notFound');
      await mailStaff(context, database, id, 'signInChanged');
      context.log.info('signInChanged', { staffId: id, reason: 'providerUnbound' });
      return accepted(undefined);
    }),
  );

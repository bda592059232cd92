import type { StaffId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { FactorProof, OidcReturn, OidcStart } from '@sotto/protocol/signIn';
import type { RequestRecorder } from './audit/requestRecorder.ts';
import { type Arrival, type BegunSession, beginSession, type ProviderWord } from './beginSession.ts';
import { beginnerOf } from './caller.ts';
import { beginAttempt, newChecks, type OidcPurpose, takeAttempt } from './oidcAttempt.ts';
import type { OidcProvider, ProvenIdentity } from './oidcProvider.ts';
import { endOthersByProvider } from './ownSessions.ts';
import { asJustProven, asProven, type ChangingContext } from './secondFactors.ts';
import {
  accountOfIdentity,
  bindIdentity,
  holdsIdentity,
  isBound,
  isFree,
  type StaffIdentity,
  unbindIdentity,
} from './staffIdentity.ts';
import { beginAccountOf, findInvited } from './staffInvitations.ts';
import { mailStaff } from './staffMail.ts';
import type { LoggedSignInContext } from './staffPasskeys.ts';
import { asHolder, takeTurnAs } from './staffSession.ts';

/** What signing in through the clinic's provider works with. */
export interface OidcContext extends LoggedSignInContext {
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

/** Sends who shows just now that an account is theirs to the provider, to be known by it from then on. */
export const startBinding = (
  context: OidcContext,
  token: string | undefined,
  proof: FactorProof,
): Promise<Result<Departure>> =>
  asJustProven(context, token, proof, ({ id: staffId }) => depart(context, { purpose: 'bind', staffId }));

/** Sends whoever holds an invitation's link to the provider; `notFound` for one that works no more. */
export async function startAccount(context: OidcContext, secret: string): Promise<Result<Departure>> {
  const staffId = await findInvited(context, secret);
  return staffId === undefined ? refused('notFound') : depart(context, { purpose: 'begin', staffId });
}

/** Who comes back from the provider, and what records what comes of it. */
interface Comer {
  readonly arrival: Arrival;
  /** Of the attempt. */
  readonly cookie: string | undefined;
  /** Told that the attempt is over, whatever comes of it. */
  readonly onTaken: () => void;
  readonly recorder: Pick<RequestRecorder, 'about' | 'by' | 'inOne'>;
}

/** Takes in a browser that comes back. Undefined: it was bound, and nothing began. Counted as sign-ins by passkey are. */
export async function finishOidc(
  context: OidcContext,
  { state, code, iss }: OidcReturn,
  comer: Comer,
): Promise<Result<BegunSession | undefined>> {
  const { limits, provider } = context;
  const { arrival, cookie, onTaken } = comer;
  const taken = await limits.signInByAddress.take(arrival.address);
  if (!taken.ok) return taken;
  const attempt = cookie === undefined ? undefined : await takeAttempt(context, cookie, state);
  if (attempt === undefined) return refused('unauthenticated');
  onTaken();
  const proven = await provider.redeem({ code, iss }, attempt);
  // A provider that doesn't answer is nobody's wrong try.
  if (proven.ok || proven.code === 'unavailable') await limits.signInByAddress.giveBack(arrival.address);
  if (!proven.ok) return proven;
  const { purpose } = attempt;
  switch (purpose.purpose) {
    case 'signIn':
      return signInAs(context, proven.value, arrival);
    case 'bind':
      return bind(context, purpose.staffId, proven.value, comer);
    case 'begin':
      return beginAs(context, purpose.staffId, proven.value, comer);
  }
}

const identityOf = ({ provider }: OidcContext, { subject }: ProvenIdentity): StaffIdentity => ({
  ...{ issuer: provider.issuer, subject },
});

const wordOf = (context: OidcContext, proven: ProvenIdentity, staff: StaffId): ProviderWord => ({
  said: proven.said,
  isBoundWithin: (database) => holdsIdentity({ ...context, database }, staff, identityOf(context, proven)),
});

async function signInAs(context: OidcContext, proven: ProvenIdentity, arrival: Arrival) {
  const staff = await accountOfIdentity(context, identityOf(context, proven));
  if (staff === undefined) return refused('notFound');
  arrival.record.tried(staff.id);
  const begun = await beginSession(context, staff, 'oidc', arrival, {
    by: 'provider',
    word: wordOf(context, proven, staff.id),
  });
  if (begun.ok) context.log.info('signedIn', { staffId: staff.id, reason: 'oidc' });
  return begun;
}

async function beginAs(context: OidcContext, invited: StaffId, proven: ProvenIdentity, { arrival, recorder }: Comer) {
  recorder.about({ action: 'account:begin', resource: `account:${invited}` });
  const begun = await recorder.inOne((database) => {
    const tell = beginnerOf(recorder);
    return beginAccountOf({ ...context, database, tell }, invited, identityOf(context, proven));
  });
  if (!begun.ok) return begun;
  return beginSession(context, begun.value, 'oidc', arrival, {
    by: 'provider',
    word: wordOf(context, proven, invited),
  });
}

/** Has the provider's word let somebody into their account; `forbidden` where somebody else has signed in. */
const bind = (
  context: OidcContext,
  staff: StaffId,
  proven: ProvenIdentity,
  { arrival, recorder }: Comer,
): Promise<Result<undefined>> => {
  recorder.about({ action: 'factor:bind', resource: `account:${staff}` });
  return asHolder(context, arrival.former, async (holder) => {
    const { id, session } = holder;
    recorder.by({ actor: id, role: 'holder', session });
    if (id !== staff) return refused('forbidden');
    const identity = identityOf(context, proven);
    const bound = await recorder.inOne(async (database): Promise<Result<undefined>> => {
      const inside = { ...context, database };
      const { issuer } = identity;
      const turn = await takeTurnAs(inside, arrival.former, holder);
      if (!turn.ok) return turn;
      if ((await isBound(inside, staff, issuer)) || !(await isFree(inside, identity))) return refused('conflict');
      await bindIdentity(inside, staff, identity);
      await mailStaff(context, database, staff, 'signInChanged');
      return accepted(undefined);
    });
    if (bound.ok) context.log.info('signInChanged', { staffId: staff, reason: 'providerBound' });
    return bound;
  });
};

/** Has the provider's word let whoever asks in no more, and ends their other sessions that it began; `notFound` where it doesn't. */
export const endBinding = (
  context: ChangingContext & OidcContext,
  token: string | undefined,
  proof: FactorProof,
): Promise<Result<undefined>> =>
  asProven(context, token, proof, async (holder) => {
    const { id } = holder;
    const ended = await context.inOne(async (database): Promise<Result<undefined>> => {
      if (!(await unbindIdentity({ database }, id, context.provider.issuer))) return refused('notFound');
      await endOthersByProvider({ ...context, database }, holder);
      await mailStaff(context, database, id, 'signInChanged');
      return accepted(undefined);
    });
    if (ended.ok) context.log.info('signInChanged', { staffId: id, reason: 'providerUnbound' });
    return ended;
  });

import { isLiveFor, type Person, type Policy, type Resource } from '@sotto/policy';
import { type StaffRole, staffRoles } from '@sotto/protocol/clinic';
import type { ErrorCode } from '@sotto/protocol/errors';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuse } from '../answer.ts';
import { type Asked, askedOf, askedOpenly } from '../audit/asked.ts';
import { type RecordingPorts, RequestRecorder } from '../audit/requestRecorder.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { forgetCookie, readCookie } from '../cookies.ts';
import { findSessionHolder, type SessionHolder } from '../staffSession.ts';
import { viewerOf } from '../viewer.ts';
import { type Caller, type SessionKind, sessionKinds } from './caller.ts';
import { type DecidedAccess, defaultRecorded, type OpenAct } from './declaration.ts';
import { exampleOf } from './exampleResource.ts';
import { createCallerFinder, type FoundCaller } from './findCallers.ts';
import type { PhiGate } from './phiGate.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Roles of the session of staff by which the policies permit this request; null before they were asked. */
    permittedRoles: readonly StaffRole[] | null;
    /** The session of staff as it was read to decide, for a handler that only reads (`onlyReads`); null for every other. */
    sessionHolder: SessionHolder | null;
    /** Of what is recorded; null before it is known who asks for what. */
    recorder: RequestRecorder | null;
  }
}

type Circumstances = Parameters<Policy['decide']>[0]['circumstances'];

/** One's own of a kind; null for what isn't anybody's. */
const ownOf = (type: Resource['type'], person: Person): Resource | null =>
  type === 'Clinic' || type === 'Account' ? null : exampleOf(type, person, 'own');

/**
 * What is said to somebody who may not: `stepUp` if they may once they show their passkey; `notFound` if it is because
 * this isn't theirs, exactly as of what isn't there; `forbidden` if they couldn't do it to their own either, now and from here.
 */
function refusalOf(
  policy: Policy,
  request: { action: string; circumstances: Circumstances },
  { assignments, person }: Caller,
  { type, resource }: { type: Resource['type']; resource: Resource | null },
): ErrorCode {
  const shown = { ...request, circumstances: { ...request.circumstances, passkeyJustShown: true } };
  if (resource !== null && policy.decide({ ...shown, assignments, resource }).tag === 'permit') return 'stepUp';
  const isAnybodys = resource?.type === 'AccessLog' && resource.patient === undefined;
  const own = isAnybodys ? null : ownOf(type, person);
  if (own === null) return 'forbidden';
  return policy.decide({ ...request, assignments, resource: own }).tag === 'permit' ? 'notFound' : 'forbidden';
}

/**
 * Whether a refusal says that something isn't theirs, or was never theirs to do: by no role that they were ever given, whatever its
 * limits. Who clicks on what was theirs until a role ended tries nothing, nor does a page that is open.
 */
function isDenial(
  policy: Policy,
  code: ErrorCode,
  { action, recorded, resource: { type } }: DecidedAccess,
  { assignments, person }: Caller,
  circumstances: Circumstances,
): boolean {
  if (code !== 'forbidden' || recorded === 'again') return code === 'notFound';
  const resource = ownOf(type, person) ?? exampleOf(type, person, 'foreign');
  const ever = assignments.map(({ id, person: holder, role }) => ({
    id,
    person: holder,
    role,
    validFrom: new Date(0),
  }));
  const asked = { action, circumstances: { ...circumstances, passkeySession: true, passkeyJustShown: true } };
  return policy.decide({ ...asked, assignments: ever, resource }).tag === 'refuse';
}

/** Who may go on, and by which of their roles. */
interface Permitted {
  readonly session: SessionKind;
  readonly roles: readonly StaffRole[];
  /** Whose session it is, of staff; null for a patient's or a guest's. */
  readonly holder: SessionHolder | null;
  /** What they ask. */
  readonly asked: Asked;
}

interface Decision {
  /**
   * Who may go on of those who are signed in where the request comes from. `unauthenticated` if nobody is; else why the
   * first of them may not.
   */
  readonly result: Result<readonly Permitted[]>;
  /** Who asks for what: the first who may, or else the first of all; null if nobody is signed in, or it came too fast. */
  readonly asked: Asked | null;
  /** Whether it is refused since it isn't theirs, or was never theirs to do. */
  readonly isDenied: boolean;
}

/** What decides about each request before its handler runs. */
export interface Authoriser {
  decide(request: FastifyRequest, access: DecidedAccess): Promise<Decision>;
  /** Counts a request that may go on (`DecidedAccess.limit`). */
  takeLimit(asked: Asked, access: DecidedAccess): Promise<Result<undefined>>;
  /** Who asks for what where no policy decides; null where nobody is signed in who could. */
  openly(request: FastifyRequest, open: OpenAct): Promise<Asked | null>;
}

/** Whether a locked session keeps its holder from this. */
const isLockedOut = (
  { isLocked, person }: Caller,
  { whileLocked }: DecidedAccess,
  resource: Resource | null,
): boolean =>
  isLocked && whileLocked !== 'always' && !(whileLocked === 'live' && resource !== null && isLiveFor(resource, person));

const isStaffRole = (role: string): role is StaffRole => staffRoles.some((one) => one === role);

export function createAuthoriser(context: ClinicContext, policy: Policy): Authoriser {
  const findCallers = createCallerFinder(context);

  /** The roles by which somebody may, or why they may not; and what it is about. */
  async function judge(
    request: FastifyRequest,
    access: DecidedAccess,
    found: FoundCaller,
  ): Promise<{ judged: Result<readonly StaffRole[]>; resource: Resource | null; isDenied: boolean }> {
    const { caller } = found;
    const { action, resource: of, declaresEmergency = () => false } = access;
    const { address } = viewerOf(request);
    const asked = {
      action,
      circumstances: {
        now: context.now(),
        ...(address === null ? {} : { address }),
        purpose: '',
        // Nobody signs what the api decides about.
        passkey: false,
        passkeySession: caller.isByPasskey,
        passkeyJustShown: caller.hasFreshPasskey,
        declaresEmergency: declaresEmergency(request),
      },
    };
    const resource = await found.findResource();
    // Before anything is said of what is there.
    if (isLockedOut(caller, access, resource)) return { judged: refused('locked'), resource, isDenied: false };
    const { assignments } = caller;
    // Each by itself: what a handler shows depends on which of them it is for.
    const permitting = assignments.filter(
      (one) => resource !== null && policy.decide({ ...asked, assignments: [one], resource }).tag === 'permit',
    );
    if (permitting.length === 0) {
      const code = refusalOf(policy, asked, caller, { type: of.type, resource });
      const isDenied = isDenial(policy, code, access, caller, asked.circumstances);
      return { judged: refused(code), resource, isDenied };
    }
    const roles = [...new Set(permitting.map(({ role }) => role).filter(isStaffRole))];
    return { judged: accepted(roles), resource, isDenied: false };
  }

  return {
    takeLimit: async ({ actor: { actor } }, { limit }) =>
      limit === undefined ? accepted(undefined) : context.limits[limit].take(actor),
    async openly(request, open) {
      if (open.by === 'handler') return askedOpenly(request, open, null);
      const holder = await findSessionHolder(context, readCookie(request, 'staff'));
      return holder === undefined ? null : askedOpenly(request, open, holder);
    },
    async decide(request, access) {
      const permitted: Permitted[] = [];
      let refusal: ErrorCode | null = null;
      let asked: Asked | null = null;
      let isFirstDenied = false;
      for (const found of await findCallers(request, access)) {
        const { caller } = found;
        const taken = await context.limits.requestsByPerson.take(`${caller.person.kind}:${caller.person.id}`);
        if (!taken.ok) return { result: taken, asked: null, isDenied: false };
        const { judged, resource, isDenied } = await judge(request, access, found);
        const roles = judged.ok ? judged.value : [];
        const theirs = askedOf(request, access, caller, { resource, roles });
        if (asked === null || (judged.ok && permitted.length === 0)) asked = theirs;
        if (judged.ok) permitted.push({ session: caller.session, roles, holder: caller.holder, asked: theirs });
        else if (refusal === null) [refusal, isFirstDenied] = [judged.code, isDenied];
      }
      if (permitted.length > 0) return { result: accepted(permitted), asked, isDenied: false };
      return { result: refused(refusal ?? 'unauthenticated'), asked, isDenied: isFirstDenied };
    },
  };
}

/**
 * Whether the handler looks at what is there at once, and changes nothing. Every other one reads the session again: an act waits for
 * its turn, and for rows, and in that time the session may end.
 */
const onlyReads = (
  { method }: Pick<FastifyRequest, 'method'>,
  { recorded }: Pick<DecidedAccess, 'recorded'>,
): boolean => method === 'GET' && ['answer', 'again'].some((one) => one === (recorded ?? defaultRecorded(method)));

/** Takes from a request every session but of those who may go on, and leaves on it by which roles these may, for its handler. */
export function handOn(request: FastifyRequest, access: DecidedAccess, permitted: readonly Permitted[]): void {
  const staff = permitted.find(({ session }) => session === 'staff');
  request.permittedRoles = staff?.roles ?? [];
  request.sessionHolder = staff !== undefined && onlyReads(request, access) ? staff.holder : null;
  for (const kind of sessionKinds) {
    if (!permitted.some(({ session }) => session === kind)) forgetCookie(request, kind);
  }
}

/**
 * The one place where the api authorises: runs for every route, after its shape was checked and before its handler.
 * A session that the policies refuse is gone from the request, so no handler acts for it; of one of staff the roles that permit
 * it stay on the request, and handlers know no others.
 */
export const authorise =
  (authoriser: Authoriser, gate: PhiGate, recording: RecordingPorts) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const declared = request.routeOptions.config.access;
    // No such route starts; and if it did, nobody may.
    if (declared === undefined) return refuse(reply, 'forbidden');
    if ('public' in declared) {
      const asked = 'silent' in declared.open ? null : await authoriser.openly(request, declared.open);
      if (asked) request.recorder = new RequestRecorder(recording, asked);
      return undefined;
    }
    const { validationError } = request;
    // Of a body of clinical content it is said and recorded below; nothing else is let in without its shape.
    if (validationError && validationError.validationContext !== 'body') return refuse(reply, 'invalid');
    const access = 'leaveFor' in declared ? declared.leaveFor(request) : declared;
    const { result, asked, isDenied } = await authoriser.decide(request, access);
    if (asked) request.recorder = new RequestRecorder(recording, asked);
    if (!result.ok) {
      if (isDenied) request.recorder?.deny();
      return refuse(reply, result.code, result.retryAfterMs);
    }
    if (asked === null) return refuse(reply, 'forbidden');
    const taken = await authoriser.takeLimit(asked, access);
    if (!taken.ok) return refuse(reply, taken.code, taken.retryAfterMs);
    const going = await gate(request, access, result.value);
    handOn(request, access, going);
    const [first] = going;
    if (first === undefined) return refuse(reply, 'noIntent');
    request.recorder = new RequestRecorder(recording, first.asked);
    if (validationError) return refuse(reply, 'unsealedPhi');
    await request.recorder.begin();
    return undefined;
  };

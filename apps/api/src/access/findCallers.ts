import type { Person, Resource } from '@sotto/policy';
import { eq, sql } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import type { ClinicContext } from '../clinicContext.ts';
import { readCookie } from '../cookies.ts';
import { hashToken } from '../opaqueToken.ts';
import { findKeyHolder } from '../patientSession.ts';
import { staffSessionTable, staffTable } from '../schema.ts';
import { holderColumns, isAsByFreshPasskey, isAsByPasskey, isHeldBy, toHolder } from '../staffSession.ts';
import { findVisitor } from '../visitSession.ts';
import { type Caller, type SessionKind, sessionKinds } from './caller.ts';
import type { DecidedAccess } from './declaration.ts';
import type { ResourceOf } from './resource.ts';
import { assignmentsOf, rolesGiven } from './roleAssignment.ts';
import type { Stored } from './stored.ts';

/** Somebody who is signed in, and what their request is about. */
export interface FoundCaller {
  readonly caller: Caller;
  findResource(): Promise<Resource | null>;
}

/** What a request asks something of. */
type Asking = Pick<FastifyRequest, 'params' | 'query'>;

type Find = (token: string, of: ResourceOf, request: Asking) => Promise<FoundCaller | undefined>;

/** One statement for each kind of thing, kept by the database ready to be run: the session, its holder's roles, and that thing. */
function findStaffCaller(context: ClinicContext): Find {
  const { database, clinicId, now } = context;
  const prepare = (stored: Stored | null) =>
    database
      .select({
        ...holderColumns,
        roles: rolesGiven(staffTable.id),
        found: stored === null ? sql`null` : stored.select(clinicId, sql.placeholder('id')),
      })
      .from(staffSessionTable)
      .innerJoin(staffTable, eq(staffTable.id, staffSessionTable.staffId))
      .where(isHeldBy(clinicId, sql.placeholder('tokenHash'), sql.placeholder('now')))
      .prepare(`caller_${stored?.name ?? 'alone'}`);
  const prepared = new Map<string, ReturnType<typeof prepare>>();
  function statementOf(stored: Stored | null): ReturnType<typeof prepare> {
    const key = stored?.name ?? '';
    const statement = prepared.get(key) ?? prepare(stored);
    prepared.set(key, statement);
    return statement;
  }
  return async (token, of, request) => {
    const { what = null, idOf } = of.stored ?? {};
    const values = { tokenHash: hashToken(token), now: now(), ...(idOf === undefined ? {} : { id: idOf(request) }) };
    const [row] = await statementOf(what).execute(values);
    if (row === undefined) return undefined;
    const { roles, found, ...held } = row;
    const holder = await toHolder(context, held);
    const caller: Caller = {
      ...{ session: 'staff', sessionId: holder.session, person: { kind: 'staff', id: holder.id }, visit: null },
      assignments: assignmentsOf(holder.id, held, roles),
      ...{ isByPasskey: isAsByPasskey(context, holder), hasFreshPasskey: isAsByFreshPasskey(context, holder) },
      ...{ isLocked: holder.isLocked, holder },
    };
    return {
      caller,
      findResource: async () => (what === null ? of.find(context, request, caller) : what.toResource(found, now())),
    };
  };
}

/** What only staff show and hold. */
const notOfStaff = { isByPasskey: false, hasFreshPasskey: false, isLocked: false, holder: null } as const;

/** A link makes somebody a patient, or a guest, for as long as the session lives. */
const findVisitCaller =
  (context: ClinicContext): Find =>
  async (token, of, request) => {
    const visitor = await findVisitor(context, token);
    if (visitor === undefined) return undefined;
    const { visit, guest, session: sessionId } = visitor;
    const person: Person =
      guest === null ? { kind: 'patient', id: visit.patientId } : { kind: 'guest', id: guest.participantId };
    const assignments = [{ id: `${person.kind}:${person.id}`, person, role: person.kind, validFrom: new Date(0) }];
    const caller: Caller = {
      ...{ session: 'visit', sessionId, person, assignments, visit: visit.id },
      ...notOfStaff,
    };
    return { caller, findResource: () => of.find(context, request, caller) };
  };

/** A key of one's own makes somebody a patient, in no visit. */
const findKeyCaller =
  (context: ClinicContext): Find =>
  async (token, of, request) => {
    const holder = await findKeyHolder(context, token);
    if (holder === undefined) return undefined;
    const person: Person = { kind: 'patient', id: holder.patientId };
    const assignments = [
      { id: `patient:${person.id}`, person, role: person.kind, validFrom: new Date(0), isOutsideVisits: true },
    ];
    const caller: Caller = {
      ...{ session: 'patient', sessionId: holder.session, person, assignments, visit: null },
      ...notOfStaff,
    };
    return { caller, findResource: () => of.find(context, request, caller) };
  };

/** Finds everybody who is signed in where a request comes from, among the kinds that are asked for: staff first, whose link it is before whose key. */
export type FindCallers = (
  request: FastifyRequest,
  access: Pick<DecidedAccess, 'resource' | 'sessions'>,
) => Promise<FoundCaller[]>;

export function createCallerFinder(context: ClinicContext): FindCallers {
  const find: Readonly<Record<SessionKind, Find>> = {
    staff: findStaffCaller(context),
    visit: findVisitCaller(context),
    patient: findKeyCaller(context),
  };
  return async (request, { resource, sessions }) => {
    const found = await Promise.all(
      sessionKinds
        .filter((kind) => sessions.includes(kind))
        .map(async (kind) => {
          const token = readCookie(request, kind);
          return token === undefined ? undefined : find[kind](token, resource, request);
        }),
    );
    return found.filter((caller) => caller !== undefined);
  };
}

import type { Assignment, Person } from '@sotto/policy';
import type { SessionId, VisitId } from '@sotto/protocol/ids';
import type { ClinicContext } from '../clinicContext.ts';
import { findKeyHolder } from '../patientSession.ts';
import { findSessionHolder, isAsByPasskey } from '../staffSession.ts';
import { findVisitor } from '../visitSession.ts';
import { findAssignments } from './roleAssignment.ts';

/** The kinds of sessions: of the clinic's staff, of one visit, and of a patient who signed in to their own page. */
export const sessionKinds = ['staff', 'visit', 'patient'] as const;
export type SessionKind = (typeof sessionKinds)[number];

/** Those by which a patient reads and opens what is their own. */
export const patientKinds = ['visit', 'patient'] as const;

/** Whose session was checked for this very request, with every role that they hold. */
export interface Caller {
  readonly session: SessionKind;
  readonly sessionId: SessionId;
  readonly person: Person;
  readonly assignments: readonly Assignment[];
  /** Which visit the session is of; null for any other session. */
  readonly visit: VisitId | null;
  /** Whether it is as good as one that a passkey began (`isAsByPasskey`). */
  readonly isByPasskey: boolean;
  /** Whether nothing was done in it for too long. */
  readonly isLocked: boolean;
}

const find = {
  async staff(context: ClinicContext, token: string | undefined): Promise<Caller | undefined> {
    const staff = await findSessionHolder(context, token);
    if (staff === undefined) return undefined;
    const assignments = await findAssignments(context, staff.id);
    const isByPasskey = isAsByPasskey(context, staff);
    const person: Person = { kind: 'staff', id: staff.id };
    return {
      ...{ session: 'staff', sessionId: staff.session, person, assignments, visit: null },
      ...{ isByPasskey, isLocked: staff.isLocked },
    };
  },

  /** A link makes somebody a patient, or a guest, for as long as the session lives. */
  async visit(context: ClinicContext, token: string | undefined): Promise<Caller | undefined> {
    const visitor = await findVisitor(context, token);
    if (visitor === undefined) return undefined;
    const { visit, guest, session: sessionId } = visitor;
    const person: Person =
      guest === null ? { kind: 'patient', id: visit.patientId } : { kind: 'guest', id: guest.participantId };
    const assignments = [{ id: `${person.kind}:${person.id}`, person, role: person.kind, validFrom: new Date(0) }];
    return {
      ...{ session: 'visit', sessionId, person, assignments, visit: visit.id },
      ...{ isByPasskey: false, isLocked: false },
    };
  },

  /** A key of one's own makes somebody a patient, in no visit. */
  async patient(context: ClinicContext, token: string | undefined): Promise<Caller | undefined> {
    const found = await findKeyHolder(context, token);
    if (found === undefined) return undefined;
    const person: Person = { kind: 'patient', id: found.patientId };
    const assignments = [
      { id: `patient:${person.id}`, person, role: person.kind, validFrom: new Date(0), isOutsideVisits: true },
    ];
    return {
      ...{ session: 'patient', sessionId: found.session, person, assignments, visit: null },
      ...{ isByPasskey: false, isLocked: false },
    };
  },
} as const;

/**
 * Everybody who is signed in where a request comes from, among the kinds that are asked for: staff first, whose link it is before whose key.
 *
 * @param tokens the request's session cookies
 */
export async function findCallers(
  context: ClinicContext,
  tokens: Readonly<Record<SessionKind, string | undefined>>,
  kinds: readonly SessionKind[],
): Promise<Caller[]> {
  const found = await Promise.all(
    sessionKinds.filter((kind) => kinds.includes(kind)).map((kind) => find[kind](context, tokens[kind])),
  );
  return found.filter((caller) => caller !== undefined);
}

import type { Assignment, Person } from '@sotto/policy';
import type { SessionId, VisitId } from '@sotto/protocol/ids';
import type { SessionHolder } from '../staffSession.ts';

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
  /** Whether its holder showed a passkey in it just now (`isAsByFreshPasskey`). */
  readonly hasFreshPasskey: boolean;
  /** Whether nothing was done in it for too long. */
  readonly isLocked: boolean;
  /** Whose session it is, of staff; null for a patient's and a guest's. */
  readonly holder: SessionHolder | null;
}

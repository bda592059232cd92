import type { Assignment, Person } from '@sotto/policy';
import type { SessionId, VisitId } from '@sotto/protocol/ids';
import type { SessionHolder } from '../staffSession.ts';

/** The two kinds of sessions: of the clinic's staff, and of one visit. */
export type SessionKind = 'staff' | 'visit';

/** Whose session was checked for this very request, with every role that they hold. */
export interface Caller {
  readonly session: SessionKind;
  readonly sessionId: SessionId;
  readonly person: Person;
  readonly assignments: readonly Assignment[];
  /** Which visit the session is of; null for staff. */
  readonly visit: VisitId | null;
  /** Whether it is as good as one that a passkey began (`isAsByPasskey`). */
  readonly isByPasskey: boolean;
  /** Whether its holder showed a passkey in it just now (`isAsByFreshPasskey`). */
  readonly hasFreshPasskey: boolean;
  /** Whether nothing was done in it for too long. */
  readonly isLocked: boolean;
  /** Whose session it is, of staff; null for a visit's. */
  readonly holder: SessionHolder | null;
}

import * as z from 'zod';
import { sessionId, visitId } from './ids.ts';

/**
 * Api → signaling, by mutual TLS on signaling's control port (SPEC.md section 4.1): what was ended by a person, such as the
 * sessions of an account that was disabled, and visits. Answered by 204 when no socket of theirs is open any more and none is
 * let in; saying it again changes nothing.
 */
export const sessionEndsPath = '/v1/sessions/ended';
export const visitEndsPath = '/v1/visits/ended';
/** The names that the certificates have, whatever address is dialled. */
export const endsNames = { caller: 'api.sotto.internal', callee: 'signaling.sotto.internal' } as const;
/** Of ids in one request. */
export const maxEnded = 500;
export const endedSessions = z.strictObject({
  v: z.literal(1),
  sessions: z.array(sessionId).min(1).max(maxEnded),
});
export const endedVisits = z.strictObject({
  v: z.literal(1),
  visits: z.array(visitId).min(1).max(maxEnded),
});

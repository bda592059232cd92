import * as z from 'zod';
import { sessionId } from './ids.ts';

/**
 * Api → signaling, by mutual TLS on signaling's control port (SPEC.md section 4.1): sessions that were ended by a person, such as
 * those of an account that was disabled. Answered by 204 when no socket of theirs is open any more and none is let in; saying it
 * again changes nothing.
 */
export const sessionEndsPath = '/v1/sessions/ended';
/** The names that the certificates have, whatever address is dialled. */
export const sessionEndsNames = { caller: 'api.sotto.internal', callee: 'signaling.sotto.internal' } as const;
export const maxEndedSessions = 500;
export const endedSessions = z.strictObject({
  v: z.literal(1),
  sessions: z.array(sessionId).min(1).max(maxEndedSessions),
});

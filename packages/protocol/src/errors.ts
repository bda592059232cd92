import * as z from 'zod';

/**
 * Every refusal that crosses a process, by what the receiver can do about it. Codes are stable and carry no
 * detail of the input; the words a person reads are the client's, in their language.
 */
export const errorCodes = {
  /** The message doesn't have the declared shape or is over its size cap. A bug or an attack; don't retry. */
  invalid: 'invalid',
  /** No session, or a ticket that is missing, malformed, expired or signed by nobody we know. Get a new one. */
  unauthenticated: 'unauthenticated',
  /** Nothing was done in this session for so long that it is locked. Have its holder show who they are, then retry. */
  locked: 'locked',
  /** Entitled to this once a passkey was shown in the session just now (RFC 9470). Have it shown, then retry. */
  stepUp: 'stepUp',
  /** Known, but not entitled to this. Don't retry. */
  forbidden: 'forbidden',
  /** No intent that is good for this request: none, or one that is used, old, or of something else. Ask for one, then retry. */
  noIntent: 'noIntent',
  /** What must be sealed for its patient and signed by its writer isn't. A bug or an attack; don't retry. */
  unsealedPhi: 'unsealedPhi',
  /** The thing named doesn't exist for this caller (also said of what belongs to somebody else). */
  notFound: 'notFound',
  /** A valid message at the wrong moment: not admitted yet, visit over, transport not connected. */
  wrongState: 'wrongState',
  /** Somebody else was first: the epoch has moved, the invitation was replaced. Take in the new state, then retry. */
  conflict: 'conflict',
  /** What the caller missed is no longer kept. Rejoin as a new leaf. */
  rejoin: 'rejoin',
  /** Too many; wait `retryAfterMs`. */
  rateLimited: 'rateLimited',
  /** A part behind this one isn't there (no SFU, no database). Retry with backoff. */
  unavailable: 'unavailable',
  /** A defect here. Logged under the correlation id. */
  internal: 'internal',
} as const;

export const errorCode = z.enum(errorCodes);
export type ErrorCode = z.infer<typeof errorCode>;

/** The body of every HTTP error: what kind, and the id under which the log has it. */
export const errorBody = z.strictObject({ code: errorCode, correlationId: z.string().max(64) });
export type ErrorBody = z.infer<typeof errorBody>;

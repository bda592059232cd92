import * as z from 'zod';
import { base64url } from './bytes.ts';
import { type ObjectId, objectId } from './ids.ts';
import { purposes } from './keystore.ts';

/**
 * Client ↔ api: what carries a patient's clinical content, each request by an intent that was issued for it alone
 * (infra/docs/decisions/phi-intents.md). Without one: `noIntent`; what isn't sealed as it must be: `unsealedPhi`.
 *
 * | route | session | request | answer |
 * |---|---|---|---|
 * | `POST /api/intents` | as the route that it is for | `intentRequest` | 201 `intentGrant` |
 */

/** The header that carries the id of an intent. */
export const intentHeader = 'x-hipaa-audit-id';

/** For so long an intent is good. */
export const intentSeconds = 60;

const object = '/api/phi/objects/:objectId';

/** Every route under `/api/phi/`, by the name that an intent has for it. */
export const phiRoutes = {
  storeNote: { method: 'PUT', path: object },
  readNote: { method: 'GET', path: object },
  storeRecording: { method: 'PUT', path: `${object}/recording` },
  readRecording: { method: 'GET', path: `${object}/recording` },
} as const;
export type PhiRoute = keyof typeof phiRoutes;

/** A route of one object. */
export function phiRequest<R extends PhiRoute>(
  route: R,
  id: ObjectId,
): { method: (typeof phiRoutes)[R]['method']; path: string } {
  const { method, path } = phiRoutes[route];
  return { method, path: path.replace(':objectId', id) };
}

/** What somebody is about to do, to which object, and why. */
export const intentRequest = z.strictObject({
  route: z.enum(['storeNote', 'readNote', 'storeRecording', 'readRecording'] satisfies PhiRoute[]),
  object: objectId,
  purpose: z.enum(purposes),
  /** In a browser where a member of staff and a patient are signed in: which of them (`visit`: the patient, also by a key of theirs); without it staff, where staff may. */
  as: z.enum(['staff', 'visit']).optional(),
});
export type IntentRequest = z.infer<typeof intentRequest>;

/** 256 random bits; the log has their hash. */
export const intentId = base64url(43);

/** In the log when this is answered; good once, until then, in this session. */
export const intentGrant = z.strictObject({ id: intentId, expiresAt: z.iso.datetime() });

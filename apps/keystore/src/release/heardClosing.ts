import { base64url } from '@sotto/protocol/bytes';
import { challengeLabels, maxOpenSeconds } from '@sotto/protocol/keystore';
import { type SignedClosing, signedClosing } from '@sotto/protocol/keystoreRoutes';
import { challengeOf } from '@sotto/service/assertion';
import * as z from 'zod';
import { type Bytes, canonicalJson, fromBase64url } from '../bytes.ts';
import { isEd25519Signature } from '../directory/newKey.ts';
import { isSameRequest, type RecordedRequest } from '../requestLedger.ts';
import { isSigned, type StatementSigner } from '../statement.ts';
import { parseStored } from '../stored.ts';
import { hashRequest } from './releaseRequest.ts';

/** So long after its release something is believed to be open still: a day, and an hour for what comes late. */
const tellableMs = (maxOpenSeconds + 3600) * 1000;

const heardStatement = z.strictObject({
  payload: z.strictObject({
    type: z.literal('sotto/heard/v1'),
    told: signedClosing,
    seconds: z.int().min(0).max(maxOpenSeconds),
    heardAt: z.iso.datetime(),
  }),
  signature: base64url(86),
});

/** What a browser said of a release, and when the keystore heard it (SPEC.md section 5.1). */
export interface HeardClosing {
  readonly told: SignedClosing;
  /** For how long it counts as open: no longer than the keystore saw. */
  readonly seconds: number;
  readonly heardAt: Date;
}

/** The hash that a browser signs. */
export const closingHash = ({ closing }: SignedClosing): Bytes =>
  challengeOf(challengeLabels.closing, canonicalJson(closing));

/**
 * Judges what a browser says of a release.
 *
 * @param recorded the record of that release; null if there is none
 * @returns why it isn't believed: `notFound` where nothing is open for a time, that was refused or is a copy
 */
export function hear(
  told: SignedClosing,
  recorded: RecordedRequest | null,
  clinic: string,
  heardAt: Date,
): HeardClosing | 'notFound' | 'assertion' | 'expired' {
  const { request, closing, signature } = told;
  const isOpening = recorded !== null && recorded.refusal === null && request.use === 'open';
  if (!isOpening || !isSameRequest(recorded, hashRequest(request))) return 'notFound';
  const isOwn = closing.request === request.id && closing.clinic === clinic;
  if (!isOwn || !isEd25519Signature(fromBase64url(request.closingKey), closingHash(told), signature)) {
    return 'assertion';
  }
  const sinceMs = heardAt.getTime() - recorded.recordedAt.getTime();
  if (sinceMs > tellableMs) return 'expired';
  // A browser may say what it likes; longer than since the release it can't have been.
  return { told, heardAt, seconds: Math.min(closing.seconds, Math.max(0, Math.floor(sinceMs / 1000))) };
}

/** The text that is kept of it. */
export const keptText = ({ told, seconds, heardAt }: HeardClosing, statements: StatementSigner): string =>
  JSON.stringify(statements.sign({ type: 'sotto/heard/v1', told, seconds, heardAt: heardAt.toISOString() }));

/**
 * What a kept text says, judged again.
 *
 * @param recorded the record of the release that the row is of
 * @returns null if this keystore didn't keep it, or not of that release
 */
export function readKept(
  text: string,
  recorded: RecordedRequest,
  clinic: string,
  statements: StatementSigner,
): HeardClosing | null {
  const statement = parseStored(heardStatement, text);
  if (statement === null || !isSigned(statements.publicKey, statement)) return null;
  const { told, seconds, heardAt } = statement.payload;
  const heard = hear(told, recorded, clinic, new Date(heardAt));
  return typeof heard === 'object' && heard.seconds === seconds ? heard : null;
}

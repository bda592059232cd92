import { base64urlUpTo } from '@sotto/protocol/bytes';
import { objectId, staffId, visitId } from '@sotto/protocol/ids';
import { credentialId, releaseRequest } from '@sotto/protocol/keystore';
import { keystoreIdentity, maxManifestText, releaseAnswer } from '@sotto/protocol/keystoreRoutes';
import { maxSealedText } from '@sotto/protocol/records';
import * as z from 'zod';

/**
 * Between the page and the worker that opens. Keys and seeds never cross; the note's text does, once, at the end, and a
 * release that its patient asked to keep does as a file.
 */

export const writer = z.strictObject({
  subject: staffId,
  credential: credentialId,
  publicKey: z.string(),
  enrolledAt: z.string(),
  /** When it stopped counting; null while it counts. */
  revokedAt: z.string().nullable(),
});

const pins = keystoreIdentity.pick({ clinic: true, statementKey: true, logKey: true, witnessKey: true, rpId: true });

export const toWorker = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('begin') }),
  z.strictObject({
    type: z.literal('open'),
    request: releaseRequest,
    answer: releaseAnswer,
    object: objectId,
    /** In which it must have been written; null where that isn't known. */
    visit: visitId.nullable(),
    pins,
    /** Passkeys of the directory, each checked under the pinned key. */
    writers: z.array(writer),
    manifest: base64urlUpTo(maxManifestText),
    run: base64urlUpTo(maxSealedText),
  }),
  /** A recording's release, to be kept in a file. */
  z.strictObject({
    type: z.literal('keep'),
    request: releaseRequest,
    answer: releaseAnswer,
    visit: visitId.nullable(),
    pins,
  }),
]);
export type ToWorker = z.infer<typeof toWorker>;
export type OpenOrder = Extract<ToWorker, { type: 'open' }>;
export type KeepOrder = Extract<ToWorker, { type: 'keep' }>;

/** What was checked before the text was handed out. */
const checks = z.strictObject({
  writer: staffId,
  sealedAt: z.string(),
  registeredAt: z.string(),
  /** Place of this opening in the log. */
  index: z.int().min(0),
  /** Unix seconds; null when the witness hasn't cosigned. */
  witnessedAt: z.int().nullable(),
  isWitnessed: z.boolean(),
});
export type OpeningChecks = z.infer<typeof checks>;

/** Why nothing was opened, by the codes of `EvidenceFault` that a release can come to. */
export const failureCode = z.enum([
  'keysChanged',
  'statement',
  'proof',
  'request',
  'writer',
  'manifest',
  'content',
  'consent',
]);

export const fromWorker = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('viewerKey'), viewerKey: z.string() }),
  z.strictObject({ type: z.literal('opened'), text: z.string(), checks }),
  z.strictObject({ type: z.literal('kept'), file: z.instanceof(Blob) }),
  z.strictObject({ type: z.literal('failed'), code: failureCode }),
]);
export type FromWorker = z.infer<typeof fromWorker>;

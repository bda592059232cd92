import * as z from 'zod';
import { base64urlUpTo } from './bytes.ts';
import { consentEvidence } from './consent.ts';
import { objectId } from './ids.ts';
import { maxManifestText } from './keystoreRoutes.ts';
import { sealedSummary } from './records.ts';

/**
 * Client ↔ api: the sealed bytes of recordings, in parts that are created once (packages/storage/SPEC.md).
 *
 * | route | session | request | answer |
 * |---|---|---|---|
 * | `POST /api/objects/:objectId/parts` | staff, who minted it | `partRequest` | 201 `partGrant` |
 * | `GET /api/objects/:objectId/parts` | staff who minted it; once registered any staff, and the patient | — | `partList` |
 * | `PUT /api/objects/:objectId/parts/:leaf` | staff, who minted it | octets | 201, or 204 if exactly this is there already |
 * | `PUT /api/parts/:ticket` | — (the ticket) | octets | 201, or 204 if there was one |
 * | `GET /api/objects/:objectId/parts/:leaf` | as the list | `Range`, one range of at most 1 MiB | 206 octets |
 * | `PUT /api/phi/objects/:objectId/recording` | staff, who minted it | `recordingUpload` | `registrationAnswer` |
 * | `GET /api/phi/objects/:objectId/recording` | as the list, once registered | — | `sealedRecording` |
 */

/** A part's name in its object: `RRRR-NNNNNN` (run, index) or `head`. */
export const partLeaf = z.string().regex(/^(?:0\d{3}|10[01]\d|102[0-3])-\d{6}$|^head$/);

/** Parts of a recording are cut before this. */
export const maxPartOctets = 1_048_576;

export const partRequest = z.strictObject({ leaf: partLeaf, length: z.int().min(1).max(maxPartOctets) });
export type PartRequest = z.infer<typeof partRequest>;

/** How to hand a part in: one PUT, with these headers and no other that says anything of the content. */
export const partGrant = z.strictObject({
  /** The store's own, or a path of the api. */
  url: z.string().max(4096),
  headers: z.record(z.string(), z.string()),
  /** When it stops being good; null while the session lasts. */
  expiresAt: z.iso.datetime({ offset: true }).nullable(),
});
export type PartGrant = z.infer<typeof partGrant>;

export const partPath = z.strictObject({ objectId, leaf: partLeaf });
export const ticketPath = z.strictObject({
  ticket: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[\w.-]+$/),
});

/** What is stored of an object, in the order of names. */
export const partList = z.strictObject({
  parts: z.array(z.strictObject({ leaf: partLeaf, length: z.int().positive() })).max(100_000),
});
export type PartList = z.infer<typeof partList>;

/** Once all parts are stored. The same again gets the same answer; another manifest is a `conflict`. */
export const recordingUpload = z.strictObject({
  manifest: base64urlUpTo(maxManifestText),
  evidence: consentEvidence,
});
export type RecordingUpload = z.infer<typeof recordingUpload>;

/** What a player checks before it asks for a byte. */
export const sealedRecording = z.strictObject({
  ...sealedSummary.shape,
  manifest: base64urlUpTo(maxManifestText),
  evidence: consentEvidence,
});
export type SealedRecording = z.infer<typeof sealedRecording>;

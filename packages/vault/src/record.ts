import * as z from 'zod';
import { type Bytes, toBase64url } from './bytes.ts';
import { type Hash, hash } from './context.ts';
import { headerLength } from './header.ts';
import { bodyLengthFor, cutLength, maxSegments, segmentsFor } from './layout.ts';

const tag = z
  .string()
  .length(22)
  .regex(/^[A-Za-z0-9_-]+$/);

/** How a run ended (SPEC.md section 7). */
const endings = { closed: 'closed', cut: 'cut' } as const;
export type Ending = keyof typeof endings;

/** What a manifest says of a run or a head (SPEC.md section 9). */
export const runRecord = z
  .strictObject({
    ending: z.enum(endings),
    hash,
    header: hash,
    lastTag: tag,
    length: z.int().nonnegative(),
    segments: z.int().min(1).max(maxSegments),
  })
  .refine(({ ending, length, segments }) =>
    ending === 'closed' ? segmentsFor(length) === segments : cutLength(segments) === length,
  );
export type RunRecord = z.infer<typeof runRecord>;

/** Bytes of the run's file. */
export const fileLength = ({ length }: RunRecord): number => headerLength + bodyLengthFor(length);

/** SHA-256 as manifests write it. */
export const toHash = (digest: Bytes): Hash => hash.parse(toBase64url(digest));

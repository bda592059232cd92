import { clinicId, type ObjectId, objectId, patientId, visitId } from '@sotto/protocol/ids';
import canonicalize from 'canonicalize';
import * as z from 'zod';
import { type Bytes, sha256, utf8 } from './bytes.ts';
import { ArgumentError } from './errors.ts';
import { maxRuns } from './limits.ts';

const base64url = (length: number) =>
  z
    .string()
    .length(length)
    .regex(/^[A-Za-z0-9_-]+$/);

export { type ObjectId, objectId };

/** SHA-256 in base64url. */
export const hash = base64url(43).brand<'Hash'>();
export type Hash = z.infer<typeof hash>;

/** What a sealed object can be. */
export const kinds = {
  recording: 'recording',
  note: 'note',
  intake: 'intake',
  reason: 'reason',
  file: 'file',
} as const;

/** The part of a run: the object's body, or its head. */
const parts = { body: 'body', head: 'head' } as const;
export type Part = keyof typeof parts;

const objectMembers = {
  clinic: clinicId,
  pseudonym: patientId,
  visit: visitId.nullable(),
  object: objectId,
  kind: z.enum(kinds),
  track: z.int().min(0).max(65_535),
  consent: hash.nullable(),
};

/** What an object is about (SPEC.md section 3, without the members that tell its runs apart). */
export const objectContext = z.strictObject(objectMembers);
export type ObjectContext = z.infer<typeof objectContext>;

const runContext = z.strictObject({
  type: z.literal('sotto/vault/context/v1'),
  ...objectMembers,
  part: z.enum(parts),
  run: z
    .int()
    .min(0)
    .max(maxRuns - 1),
});

/** What a run is about: the object, and which part of it. */
export interface RunContext {
  readonly object: ObjectContext;
  readonly part: Part;
  /** The run's place in the object; 0 for the head. */
  readonly run: number;
}

/** JSON in the one form of RFC 8785, as UTF-8. */
export const canonicalJson = (value: unknown): Bytes => {
  const text = canonicalize(value);
  if (text === undefined) throw new ArgumentError({ layer: 'context' });
  return utf8(text);
};

/**
 * The canonical context of a run (SPEC.md section 3).
 *
 * @throws ArgumentError when a member is missing, unknown or malformed
 */
export const canonicalContext = (context: RunContext): Bytes => {
  const parsed = runContext.safeParse({
    type: 'sotto/vault/context/v1',
    ...context.object,
    part: context.part,
    run: context.run,
  });
  if (!parsed.success || (parsed.data.part === 'head' && parsed.data.run !== 0)) {
    throw new ArgumentError({ layer: 'context' });
  }
  return canonicalJson(parsed.data);
};

/** SHA-256 of the canonical context: HPKE's `info` and the body's associated data. */
export const contextHash = (context: RunContext): Promise<Bytes> => sha256(canonicalContext(context));

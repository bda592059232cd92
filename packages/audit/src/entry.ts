import canonicalize from 'canonicalize';
import * as z from 'zod';
import { fromUtf8, utf8 } from './bytes.ts';
import { AuditFormatError } from './errors.ts';

/** Visible text without control characters; never a name, a diagnosis or anything else clinical. */
const code = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[\w.:/@+-]+$/);
const hash = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/**
 * One act, as it is logged (SPEC.md section 2). Who, what, on what, about whom, why, when, from where, with what
 * result. People are pseudonyms; the names belong to the database that can forget them.
 */
const facts = {
  /** RFC 3339 in UTC with milliseconds. */
  time: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    .refine((text) => !Number.isNaN(Date.parse(text))),
  actor: code(64),
  role: code(32),
  /** Verb of the field, such as `recording.open`. */
  action: code(64),
  resource: code(160),
  /** Pseudonym of the patient that the act concerns; null for acts on the system itself. */
  patient: code(64).nullable(),
  purpose: code(64).nullable(),
  /** Network address as text. */
  address: z
    .string()
    .min(2)
    .max(45)
    .regex(/^[0-9A-Fa-f.:]+$/)
    .nullable(),
  userAgent: z
    .string()
    .min(1)
    .max(256)
    .regex(/^[\x20-\x7e]+$/)
    .nullable(),
  session: code(64).nullable(),
  /** SHA-256 of the resource before and after, base64url, where the act changed something. */
  before: hash.nullable(),
  after: hash.nullable(),
  outcome: z.enum(['allowed', 'refused', 'failed']),
};

/** What the one who records an act states; the log adds the rest. */
export const entryDraft = z.strictObject(facts);
export type EntryDraft = z.infer<typeof entryDraft>;

export const entry = z
  .strictObject({
    v: z.literal(1),
    /** 128 random bits, base64url: an entry is never in the log twice. */
    id: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
    ...facts,
    /** The patient's own count of entries, from 1 without a gap: a patient sees an omission. */
    patientSequence: z.int().min(1).nullable(),
    /** Commitment of the patient's entry before this one; null for the first. */
    patientPrevious: hash.nullable(),
  })
  .refine((value) => (value.patient === null) === (value.patientSequence === null))
  .refine(
    (value) => (value.patientPrevious !== null) === (value.patientSequence !== null && value.patientSequence > 1),
  );
export type Entry = z.infer<typeof entry>;

export const maxEntryBytes = 4096;
export const saltLength = 32;

/** The one spelling of an entry that is hashed: RFC 8785. */
export function encodeEntry(value: Entry): Uint8Array<ArrayBuffer> {
  const text = canonicalize(value);
  if (text === undefined) throw new AuditFormatError('entry', 'not JSON');
  return utf8(text);
}

/** @throws AuditFormatError if it isn't the canonical spelling of an entry of at most 4,096 bytes */
export function decodeEntry(bytes: Uint8Array): Entry {
  if (bytes.length > maxEntryBytes) throw new AuditFormatError('entry', 'too large');
  const text = fromUtf8(bytes, 'entry');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new AuditFormatError('entry', 'not JSON');
  }
  const parsed = entry.safeParse(json);
  if (!parsed.success) throw new AuditFormatError('entry', 'shape');
  if (canonicalize(parsed.data) !== text) throw new AuditFormatError('entry', 'not canonical');
  return parsed.data;
}

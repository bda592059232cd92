import * as fc from 'fast-check';
import { type Entry, toBase64url } from '../src/index.ts';

/** One of these. */
export const anyOf = (alphabet: string): fc.Arbitrary<string> =>
  fc.nat(alphabet.length - 1).map((at) => alphabet.charAt(at));

const characters = (alphabet: string, minLength: number, maxLength: number) =>
  fc.string({ unit: anyOf(alphabet), minLength, maxLength });
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
const code = (max: number) => characters(`${letters}${digits}_.:/@+-`, 1, max);
/** Of so many bytes. */
const base64url = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => toBase64url(bytes));
const orNull = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null });
const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('');

const facts = {
  v: fc.constant(1 as const),
  id: base64url(16),
  time: fc
    .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  actor: code(64),
  role: code(32),
  action: code(64),
  resource: code(160),
  purpose: orNull(code(64)),
  address: orNull(characters(`${digits}abcdefABCDEF.:`, 2, 45)),
  userAgent: orNull(characters(printable, 1, 256)),
  session: orNull(code(64)),
  before: orNull(base64url(32)),
  after: orNull(base64url(32)),
  outcome: fc.constantFrom('allowed' as const, 'refused' as const, 'failed' as const),
};

const chain = fc.oneof(
  fc.constant({ patient: null, patientSequence: null, patientPrevious: null }),
  fc.record({ patient: code(64), patientSequence: fc.constant(1), patientPrevious: fc.constant(null) }),
  fc.record({
    patient: code(64),
    patientSequence: fc.integer({ min: 2, max: Number.MAX_SAFE_INTEGER }),
    patientPrevious: base64url(32),
  }),
);

/** Every entry that there can be. */
export const anyEntry: fc.Arbitrary<Entry> = fc
  .tuple(fc.record(facts), chain)
  .map(([fact, link]) => ({ ...fact, ...link }));

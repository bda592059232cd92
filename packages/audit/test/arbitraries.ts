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
    .date({ min: new Date('1970-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
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

const quoted = (of: fc.Arbitrary<string>) => of.map((inner) => `"${inner}"`);
/** As long as it may be, one character more, or none. */
const edges = (character: string, max: number) =>
  fc.constantFrom(0, 1, 2, max - 1, max, max + 1).map((length) => character.repeat(length));
const two = (max: number) => fc.nat(max).map((value) => String(value).padStart(2, '0'));
const anyTime = fc
  .tuple(
    fc.constantFrom('0000', '1900', '2000', '2023', '2024', '9999', '20x4', '202'),
    two(13),
    two(32),
    two(25),
    two(61),
    two(61),
    fc.constantFrom('000', '999', '00', '0000', '0a0'),
    fc.constantFrom('Z', 'z', '', '+00:00'),
  )
  .map(
    ([year, month, day, hour, minute, second, millis, zone]) =>
      `${year}-${month}-${day}T${hour}:${minute}:${second}.${millis}${zone}`,
  );
const hashText = fc.tuple(edges('A', 42), anyOf(`${letters}${digits}-_=`)).map(([start, last]) => `${start}${last}`);
const counts = fc.constantFrom(
  '0',
  '1',
  '2',
  '01',
  '-1',
  '1.0',
  '1e3',
  '9007199254740991',
  '9007199254740992',
  '9'.repeat(16),
  '9'.repeat(17),
);

/** By field, in the order of the fields: what it may hold at most, and what is just not that. */
const beside: Readonly<Record<keyof Entry, { readonly good: string; readonly strange: fc.Arbitrary<string> }>> = {
  action: { good: '"a"', strange: fc.oneof(quoted(edges('a', 64)), fc.constantFrom('null', '"audit.erase"', '"a b"')) },
  actor: { good: '"a"', strange: fc.oneof(quoted(edges('@', 64)), fc.constant('null')) },
  address: { good: 'null', strange: fc.oneof(quoted(edges('f', 45)), quoted(edges(':', 45)), fc.constant('"1g"')) },
  after: { good: 'null', strange: quoted(hashText) },
  before: { good: 'null', strange: quoted(hashText) },
  id: {
    good: `"${'A'.repeat(22)}"`,
    strange: quoted(fc.tuple(edges('A', 21), anyOf(`${letters}${digits}-_`)).map((of) => of.join(''))),
  },
  outcome: {
    good: '"allowed"',
    strange: fc.constantFrom('"refused"', '"failed"', '"allow"', '"failure"', 'null', '"r"'),
  },
  patient: { good: '"p"', strange: fc.oneof(quoted(edges('p', 64)), fc.constant('null')) },
  patientPrevious: { good: 'null', strange: quoted(hashText) },
  patientSequence: { good: '1', strange: fc.oneof(counts, fc.constant('null')) },
  purpose: { good: 'null', strange: fc.oneof(quoted(edges('-', 64)), fc.constant('nul')) },
  resource: { good: '"r"', strange: fc.oneof(quoted(edges('/', 160)), fc.constant('null')) },
  role: { good: '"r"', strange: fc.oneof(quoted(edges('_', 32)), fc.constant('null')) },
  session: { good: 'null', strange: quoted(edges('9', 64)) },
  time: { good: '"2026-11-22T08:00:00.000Z"', strange: quoted(anyTime) },
  userAgent: {
    good: 'null',
    strange: quoted(
      fc.oneof(
        edges('~', 256),
        edges('\\\\', 256),
        edges('\\"', 256),
        fc.tuple(edges('x', 255), fc.constantFrom('\\', '\\n', '\\\\', '"', '\\"', '\t', 'é')).map((of) => of.join('')),
      ),
    ),
  },
  v: { good: '1', strange: fc.constantFrom('2', '1.0', '"1"', 'null', '01') },
};

/** What is spelled like an entry, of which up to three fields are at the edge of what they may hold, or beyond. */
export const anySpelling: fc.Arbitrary<string> = fc
  .subarray(Object.keys(beside) as (keyof Entry)[], { maxLength: 3 })
  .chain((strange) =>
    fc.record(Object.fromEntries(strange.map((field) => [field, beside[field].strange]))).map(
      (held: Partial<Record<string, string>>) =>
        `{${Object.entries(beside)
          .map(([field, { good }]) => `"${field}":${held[field] ?? good}`)
          .join(',')}}`,
    ),
  );

import { holds, utf8 } from './bytes.ts';
import { isDay } from './entry.ts';

// What may stand where, as SPEC.md section 2 says: a bit for each set of characters.
const inCode = 1;
const inAddress = 2;
const inUserAgent = 4;
const inBase64url = 8;
const inDigits = 16;
/** Last characters of 43 and of 22 whose left over bits are zero. */
const endsHash = 32;
const endsId = 64;

const sets: readonly (readonly [number, RegExp])[] = [
  [inCode, /[\w.:/@+-]/],
  [inAddress, /[0-9A-Fa-f.:]/],
  // Without the two that JSON escapes.
  [inUserAgent, /[ !#-[\]-~]/],
  [inBase64url, /[\w-]/],
  [inDigits, /[0-9]/],
  [endsHash, /[AEIMQUYcgkosw048]/],
  [endsId, /[AQgw]/],
];
/** By byte: the sets that it is in. No byte above ASCII is in one. */
const setsOf = Uint8Array.from({ length: 256 }, (_, byte) =>
  sets.reduce((bits, [bit, pattern]) => (byte < 128 && pattern.test(String.fromCharCode(byte)) ? bits | bit : bits), 0),
);

const literals = {
  action: utf8('{"action":"'),
  actor: utf8('","actor":"'),
  address: utf8('","address":'),
  after: utf8(',"after":'),
  before: utf8(',"before":'),
  id: utf8(',"id":"'),
  outcome: utf8('","outcome":"'),
  allowed: utf8('allowed"'),
  refused: utf8('refused"'),
  failed: utf8('failed"'),
  patient: utf8(',"patient":'),
  patientPrevious: utf8(',"patientPrevious":'),
  patientSequence: utf8(',"patientSequence":'),
  purpose: utf8(',"purpose":'),
  resource: utf8(',"resource":"'),
  role: utf8('","role":"'),
  session: utf8('","session":'),
  time: utf8(',"time":"'),
  userAgent: utf8('Z","userAgent":'),
  end: utf8(',"v":1}'),
  null: utf8('null'),
  erase: utf8('audit.erase"'),
};

const quote = 0x22;
const backslash = 0x5c;
const letterN = 0x6e;
const letterR = 0x72;
const digit0 = 0x30;
const idLength = 22;
const hashLength = 43;
const mostDigits = 16;
const mostUserAgent = 256;

/** In place of a position: there is none. Every step from it leads to it. */
const nowhere = -1;

function pass(bytes: Uint8Array, at: number, literal: Uint8Array): number {
  return at !== nowhere && holds(bytes, at, literal) ? at + literal.length : nowhere;
}

/** Passes `least` to `most` characters of a set. A character more is left to fail at what follows. */
function passSet(bytes: Uint8Array, at: number, set: number, least: number, most: number): number {
  if (at === nowhere) return nowhere;
  const limit = at + most;
  let end = at;
  while (end < limit && ((setsOf[bytes[end] ?? 0] ?? 0) & set) !== 0) end += 1;
  return end - at < least ? nowhere : end;
}

const passQuote = (bytes: Uint8Array, at: number): number => (at !== nowhere && bytes[at] === quote ? at + 1 : nowhere);

function passSetOrNull(bytes: Uint8Array, at: number, set: number, least: number, most: number): number {
  if (at !== nowhere && bytes[at] === letterN) return pass(bytes, at, literals.null);
  return passQuote(bytes, passSet(bytes, passQuote(bytes, at), set, least, most));
}

const passBase64url = (bytes: Uint8Array, at: number, length: number, last: number): number =>
  passSet(bytes, passSet(bytes, at, inBase64url, length - 1, length - 1), last, 1, 1);

function passHashOrNull(bytes: Uint8Array, at: number): number {
  if (at !== nowhere && bytes[at] === letterN) return pass(bytes, at, literals.null);
  return passQuote(bytes, passBase64url(bytes, passQuote(bytes, at), hashLength, endsHash));
}

function passOutcome(bytes: Uint8Array, at: number): number {
  const first = at === nowhere ? 0 : bytes[at];
  if (first === literals.allowed[0]) return pass(bytes, at, literals.allowed);
  return pass(bytes, at, first === letterR ? literals.refused : literals.failed);
}

/** Printable ASCII, of which JSON escapes two. */
function passUserAgentOrNull(bytes: Uint8Array, at: number): number {
  if (at !== nowhere && bytes[at] === letterN) return pass(bytes, at, literals.null);
  const start = passQuote(bytes, at);
  let end = passSet(bytes, start, inUserAgent, 0, mostUserAgent);
  let escapes = 0;
  while (end !== nowhere && bytes[end] === backslash) {
    if (bytes[end + 1] !== quote && bytes[end + 1] !== backslash) return nowhere;
    escapes += 1;
    end = passSet(bytes, end + 2, inUserAgent, 0, mostUserAgent);
  }
  const characters = end - start - escapes;
  return characters < 1 || characters > mostUserAgent ? nowhere : passQuote(bytes, end);
}

/** The number that two digits are; NaN if they aren't. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? 0) - digit0;
  const ones = (bytes[at + 1] ?? 0) - digit0;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

const timeLength = '2026-11-22T08:00:00.000'.length;
const [dash, letterT, colon, dot] = utf8('-T:.');

/** `YYYY-MM-DDThh:mm:ss.sss`, of a time that exists. */
function passTime(bytes: Uint8Array, at: number): number {
  if (at === nowhere) return nowhere;
  const year = twoDigits(bytes, at) * 100 + twoDigits(bytes, at + 2);
  const month = twoDigits(bytes, at + 5);
  const day = twoDigits(bytes, at + 8);
  const isTime =
    bytes[at + 4] === dash &&
    bytes[at + 7] === dash &&
    bytes[at + 10] === letterT &&
    bytes[at + 13] === colon &&
    bytes[at + 16] === colon &&
    bytes[at + 19] === dot &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= 31 &&
    twoDigits(bytes, at + 11) <= 23 &&
    twoDigits(bytes, at + 14) <= 59 &&
    twoDigits(bytes, at + 17) <= 59 &&
    // Three digits.
    twoDigits(bytes, at + 20) >= 0 &&
    twoDigits(bytes, at + 21) >= 0 &&
    year >= 1970 &&
    isDay(year, month, day);
  return isTime ? at + timeLength : nowhere;
}

/**
 * Looks through an entry's bytes once and makes nothing of them, because a log has a million. Takes what `decodeEntry`
 * takes and nothing else. The fields are of the last entry that was taken.
 */
export class EntryScan {
  start = 0;
  /** Behind the entry. */
  end = 0;
  /** Where 22 characters of base64url stand. */
  idAt = 0;
  /** Where the patient stands; both 0 if there is none. */
  patientAt = 0;
  patientEnd = 0;
  /** The entry's place in the patient's own sequence; 0 if there is no patient. */
  sequence = 0;
  /** Where 43 characters of base64url stand; only of a sequence above 1. */
  previousAt = 0;
  /** Whether it says that it's about an erasure: then there is more to read in it. */
  isAboutErasure = false;

  /** @returns whether there stands, from `start`, the canonical spelling of an entry; more may follow it */
  take(bytes: Uint8Array, start: number): boolean {
    const actionAt = pass(bytes, start, literals.action);
    let at = passSet(bytes, actionAt, inCode, 1, 64);
    at = passSet(bytes, pass(bytes, at, literals.actor), inCode, 1, 64);
    at = passSetOrNull(bytes, pass(bytes, at, literals.address), inAddress, 2, 45);
    at = passHashOrNull(bytes, pass(bytes, at, literals.after));
    at = passHashOrNull(bytes, pass(bytes, at, literals.before));
    const idAt = pass(bytes, at, literals.id);
    at = passBase64url(bytes, idAt, idLength, endsId);
    at = passOutcome(bytes, pass(bytes, at, literals.outcome));
    const patientAt = pass(bytes, at, literals.patient);
    at = passSetOrNull(bytes, patientAt, inCode, 1, 64);
    const patientEnd = at;
    const previousAt = pass(bytes, at, literals.patientPrevious);
    at = passHashOrNull(bytes, previousAt);
    at = this.#takeSequence(bytes, pass(bytes, at, literals.patientSequence));
    at = passSetOrNull(bytes, pass(bytes, at, literals.purpose), inCode, 1, 64);
    at = passSet(bytes, pass(bytes, at, literals.resource), inCode, 1, 160);
    at = passSet(bytes, pass(bytes, at, literals.role), inCode, 1, 32);
    at = passSetOrNull(bytes, pass(bytes, at, literals.session), inCode, 1, 64);
    at = passTime(bytes, pass(bytes, at, literals.time));
    at = passUserAgentOrNull(bytes, pass(bytes, at, literals.userAgent));
    at = pass(bytes, at, literals.end);
    if (at === nowhere) return false;

    const hasPatient = bytes[patientAt] === quote;
    if (hasPatient !== this.sequence > 0) return false;
    if ((bytes[previousAt] === quote) !== this.sequence > 1) return false;
    this.start = start;
    this.end = at;
    this.idAt = idAt;
    this.patientAt = hasPatient ? patientAt + 1 : 0;
    this.patientEnd = hasPatient ? patientEnd - 1 : 0;
    this.previousAt = previousAt + 1;
    this.isAboutErasure = pass(bytes, actionAt, literals.erase) !== nowhere;
    return true;
  }

  #takeSequence(bytes: Uint8Array, at: number): number {
    this.sequence = 0;
    if (at === nowhere || bytes[at] === letterN) return pass(bytes, at, literals.null);
    const end = bytes[at] === digit0 ? nowhere : passSet(bytes, at, inDigits, 1, mostDigits);
    let value = 0;
    for (let i = at; i < end; i += 1) value = value * 10 + ((bytes[i] ?? 0) - digit0);
    this.sequence = value;
    return value <= Number.MAX_SAFE_INTEGER ? end : nowhere;
  }
}

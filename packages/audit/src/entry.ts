import { fromUtf8, utf8 } from './bytes.ts';
import { AuditFormatError } from './errors.ts';

/**
 * What the one who records an act states: who, what, on what, about whom, why, when, from where, with what result
 * (SPEC.md section 2, which says what each field may hold). People are pseudonyms; the names belong to the database
 * that can forget them.
 */
export interface EntryDraft {
  /** RFC 3339 in UTC with milliseconds. */
  readonly time: string;
  readonly actor: string;
  readonly role: string;
  /** Verb of the field, such as `recording.open`. */
  readonly action: string;
  readonly resource: string;
  /** Pseudonym of the patient that the act concerns; null for acts on the system itself. */
  readonly patient: string | null;
  readonly purpose: string | null;
  /** Network address as text. */
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly session: string | null;
  /** SHA-256 of the resource before and after, base64url, where the act changed something. */
  readonly before: string | null;
  readonly after: string | null;
  readonly outcome: 'allowed' | 'refused' | 'failed';
}

/** One act, as it is logged: the log adds these to what was stated. */
export interface Entry extends EntryDraft {
  readonly v: 1;
  /** 128 random bits, base64url: an entry is never in the log twice. */
  readonly id: string;
  /** The patient's own count of entries, from 1 without a gap: a patient sees an omission. */
  readonly patientSequence: number | null;
  /** Commitment of the patient's entry before this one; null for the first. */
  readonly patientPrevious: string | null;
}

export const saltLength = 32;
export const maxEntryBytes = 4096;

const code = (max: number): string => `"([\\w.:/@+-]{1,${max}})"`;
const orNull = (pattern: string): string => `(?:null|${pattern})`;
// What base64url leaves over in its last character is zero.
const hash = orNull('"([\\w-]{42}[AEIMQUYcgkosw048])"');

/** By field: how RFC 8785 spells what it may hold, in the order in which RFC 8785 puts the fields. */
const spelling = {
  action: code(64),
  actor: code(64),
  address: orNull('"([0-9A-Fa-f.:]{2,45})"'),
  after: hash,
  before: hash,
  id: '"([\\w-]{21}[AQgw])"',
  outcome: '"(allowed|refused|failed)"',
  patient: orNull(code(64)),
  patientPrevious: hash,
  patientSequence: orNull('([1-9][0-9]{0,15})'),
  purpose: orNull(code(64)),
  resource: code(160),
  role: code(32),
  session: orNull(code(64)),
  // From 1970: what JavaScript, PostgreSQL and others read alike.
  time: '"((?:19[7-9][0-9]|[2-9][0-9]{3})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){2}\\.[0-9]{3}Z)"',
  // Printable ASCII, of which JSON escapes two.
  userAgent: orNull('"((?:[ !#-\\[\\]-~]|\\\\["\\\\]){1,256})"'),
  v: '1',
} satisfies Record<keyof Entry, string>;

/** Matches the canonical spelling of every entry and nothing else: parsing, strictness and canonicity in one pass. */
const entryText = new RegExp(
  `^\\{${Object.entries(spelling)
    .map(([field, pattern]) => `"${field}":${pattern}`)
    .join(',')}\\}$`,
);

/** Whether a month from 1 to 12 has a day from 1 to 31: some aren't in every month. */
export function isDay(year: number, month: number, day: number): boolean {
  if (day < 29) return true;
  if (month === 2) return day === 29 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day < 31 || (month !== 4 && month !== 6 && month !== 9 && month !== 11);
}

/** Of the days that the pattern lets through, whether it is one; platforms read the others differently. */
const isOnDay = (time: string): boolean =>
  isDay(Number(time.slice(0, 4)), Number(time.slice(5, 7)), Number(time.slice(8, 10)));

/** @returns null if it isn't the canonical spelling of an entry */
function parseEntryText(text: string): Entry | null {
  const match = entryText.exec(text);
  if (!match) return null;
  const patient = match[8] ?? null;
  const patientPrevious = match[9] ?? null;
  const patientSequence = match[10] === undefined ? null : Number(match[10]);
  const time = match[15] ?? '';
  const outcome = match[7];
  if (!isOnDay(time) || (patient === null) !== (patientSequence === null)) return null;
  if (patientSequence !== null && !Number.isSafeInteger(patientSequence)) return null;
  if ((patientPrevious !== null) !== (patientSequence !== null && patientSequence > 1)) return null;
  // Whether a group may be missing, the pattern has said: what can't be null is a string here.
  return {
    v: 1,
    id: match[6] ?? '',
    time,
    actor: match[2] ?? '',
    role: match[13] ?? '',
    action: match[1] ?? '',
    resource: match[12] ?? '',
    patient,
    purpose: match[11] ?? null,
    address: match[3] ?? null,
    userAgent: match[16]?.replace(/\\(.)/g, '$1') ?? null,
    session: match[14] ?? null,
    before: match[5] ?? null,
    after: match[4] ?? null,
    outcome: outcome === 'allowed' || outcome === 'refused' ? outcome : 'failed',
    patientSequence,
    patientPrevious,
  };
}

/** The spelling of an entry around what the log adds to the draft. */
export interface DraftSpelling {
  readonly beforeId: string;
  readonly beforeLinks: string;
  readonly afterLinks: string;
}

/** RFC 8785: the fields in order, and `JSON.stringify` for strings and null, as its section 3.2.2 says. */
const spellParts = (draft: EntryDraft): DraftSpelling => {
  const { action, actor, address, after, before, outcome, patient } = draft;
  const { purpose, resource, role, session, time, userAgent } = draft;
  return {
    beforeId: `${JSON.stringify({ action, actor, address, after, before }).slice(0, -1)},"id":"`,
    beforeLinks: `","outcome":${JSON.stringify(outcome)},"patient":${JSON.stringify(patient)},"patientPrevious":`,
    afterLinks: `,${JSON.stringify({ purpose, resource, role, session, time, userAgent, v: 1 }).slice(1)}`,
  };
};

/** The canonical spelling of the entry that the log makes of a draft. */
export const completeSpelling = (
  { beforeId, beforeLinks, afterLinks }: DraftSpelling,
  { id, patientSequence, patientPrevious }: Pick<Entry, 'id' | 'patientSequence' | 'patientPrevious'>,
): string => {
  const previous = patientPrevious === null ? 'null' : `"${patientPrevious}"`;
  return `${beforeId}${id}${beforeLinks}${previous},"patientSequence":${patientSequence ?? 'null'}${afterLinks}`;
};

/** The one spelling of an entry that is hashed: RFC 8785. Doesn't look whether it is one. */
export const encodeEntry = (entry: Entry): Uint8Array<ArrayBuffer> => utf8(completeSpelling(spellParts(entry), entry));

const draftFields = Object.keys(spelling).length - 4;

/**
 * Spells a draft that the log would take.
 *
 * @throws AuditFormatError `entry` unless each field holds what SPEC.md section 2 says, and there is no other field
 */
export function spellDraft(draft: EntryDraft): DraftSpelling {
  const spelled = spellParts(draft);
  const patientSequence = draft.patient === null ? null : 1;
  const text = completeSpelling(spelled, { id: 'A'.repeat(22), patientSequence, patientPrevious: null });
  const isDraft = Object.keys(draft).length === draftFields && entryText.test(text) && isOnDay(draft.time);
  if (!isDraft) throw new AuditFormatError('entry', 'shape');
  return spelled;
}

/** @throws AuditFormatError `entry` if it isn't the canonical spelling of an entry of at most 4,096 bytes */
export function decodeEntry(bytes: Uint8Array): Entry {
  if (bytes.length > maxEntryBytes) throw new AuditFormatError('entry', 'too large');
  const parsed = parseEntryText(fromUtf8(bytes, 'entry'));
  if (!parsed) throw new AuditFormatError('entry', 'not the canonical spelling of an entry');
  return parsed;
}

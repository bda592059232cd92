import { type Entry, type OpenTime, openTimeOf } from '@sotto/audit';
import { type PlacedEntry, toAuditBundle } from '@sotto/audit/fhir';
import { toBase64url } from '../keystore/bytes.ts';
import type { CheckedEntry } from '../keystore/logTrust.ts';
import { type EntryState, openOf, stateOf } from './entryState.ts';
import { actorsOf } from './entryWords.ts';

/** A name by the clinic's records, which no log proves. */
export type NameOf = (id: string) => string | null;

/** For how long openings were open, by their ids (`openTimesIn`): of all that was read, not of what is shown alone. */
type OpenTimes = ReadonlyMap<string, OpenTime>;

const columns = [
  'place',
  'state',
  'time',
  'actor',
  'actorName',
  'role',
  'action',
  'resource',
  'patient',
  'purpose',
  'outcome',
  'openSeconds',
  'openEnd',
  'address',
  'userAgent',
  'request',
  'commitment',
] as const;
type Row = Record<(typeof columns)[number], string>;

/**
 * What other people may have written. A spreadsheet would take it for a formula (CWE-1236) where it begins like one, and
 * also behind whatever it takes for the end of a cell, which in some languages is a semicolon, quotes or not.
 */
const told: ReadonlySet<string> = new Set(['actorName', 'userAgent', 'purpose', 'role', 'action', 'resource']);

function cell(column: string, text: string): string {
  const plain = told.has(column) ? text.replaceAll(/(^|[;,|\t\r\n])(\s*)([=+\-@＝＋－＠])/gu, "$1$2'$3") : text;
  return `"${plain.replaceAll('"', '""')}"`;
}

const unsaid = { time: '', actor: '', actorName: '', role: '', action: '', resource: '', patient: '' } as const;
const unsaidToo = {
  purpose: '',
  outcome: '',
  openSeconds: '',
  openEnd: '',
  address: '',
  userAgent: '',
  request: '',
} as const;

function rowOf(checked: CheckedEntry, state: EntryState, nameOf: NameOf, open: OpenTimes): Row {
  const { index, commitment, verdict } = checked;
  const place = index === null ? '' : String(index);
  const placed = { place, state, commitment: commitment === null ? '' : toBase64url(commitment) };
  // What isn't proven isn't told either.
  if (verdict.tag !== 'proven') return { ...unsaid, ...unsaidToo, ...placed };
  const { entry } = verdict;
  const { time, actor, role, action, resource, outcome } = entry;
  const told = openOf(checked, open) ?? openTimeOf(entry);
  const names = actorsOf(entry).map((one) => nameOf(one) ?? one);
  return {
    ...{ ...placed, time, actor, actorName: names.join(' + '), role, action, resource, outcome },
    patient: entry.patient ?? '',
    purpose: openTimeOf(entry) === null ? (entry.purpose ?? '') : '',
    openSeconds: told === null ? '' : String(told.seconds),
    openEnd: told === null ? '' : told.isEnd ? 'told' : 'lost',
    address: entry.address ?? '',
    userAgent: entry.userAgent ?? '',
    request: entry.session ?? '',
  };
}

/** Lines of the log as CSV (RFC 4180, UTF-8 with its mark, so that spreadsheets read names rightly), each with what was found of it. */
export function toCsv(entries: readonly CheckedEntry[], nameOf: NameOf, open: OpenTimes = new Map()): string {
  const rows = entries.map((checked) => rowOf(checked, stateOf(checked), nameOf, open));
  const lines = [columns.join(','), ...rows.map((row) => columns.map((column) => cell(column, row[column])).join(','))];
  return `\uFEFF${lines.join('\r\n')}\r\n`;
}

/** How many lines there are that FHIR would have nothing to say of: not proven, or erased. */
export const unsaidInFhir = (entries: readonly CheckedEntry[]): number =>
  entries.filter(({ verdict }) => verdict.tag !== 'proven').length;

/** The proven lines as a FHIR R4 Bundle of AuditEvents. */
export function toFhir(entries: readonly CheckedEntry[], at: Date, open: OpenTimes = new Map()): string {
  const placed = entries.flatMap(({ index, commitment, verdict }): PlacedEntry[] =>
    verdict.tag === 'proven' && index !== null && commitment !== null
      ? [{ entry: verdict.entry satisfies Entry, index, commitment }]
      : [],
  );
  const origin = entries.find(({ checkpoint }) => checkpoint !== null)?.checkpoint?.origin ?? '';
  return `${JSON.stringify(toAuditBundle(placed, origin, at, open), null, 2)}\n`;
}

/**
 * Lines of the log as JSON lines (UTF-8, a JSON object each): its place, what was found of it, its commitment (base64url), and
 * the entry as it was logged where it is proven, else null.
 */
export function toJsonLines(entries: readonly CheckedEntry[]): string {
  return entries
    .map((checked) => {
      const { index, commitment, verdict } = checked;
      const entry = verdict.tag === 'proven' ? verdict.entry : null;
      const found = { index, state: stateOf(checked), commitment: commitment && toBase64url(commitment) };
      return `${JSON.stringify({ ...found, entry })}\n`;
    })
    .join('');
}

export const saveFormats = ['csv', 'lines', 'fhir'] as const;
export type SaveFormat = (typeof saveFormats)[number];

/** A file of lines of the log. */
export function exportOf(
  format: SaveFormat,
  entries: readonly CheckedEntry[],
  { nameOf, at, open }: { nameOf: NameOf; at: Date; open: OpenTimes },
): { extension: string; type: string; text: string } {
  switch (format) {
    case 'csv':
      return { extension: 'csv', type: 'text/csv', text: toCsv(entries, nameOf, open) };
    case 'lines':
      return { extension: 'jsonl', type: 'application/jsonl', text: toJsonLines(entries) };
    case 'fhir':
      return { extension: 'fhir.json', type: 'application/fhir+json', text: toFhir(entries, at, open) };
  }
}

import type { OpenTime } from '@sotto/audit';
import { toBase64url } from '../keystore/bytes.ts';
import type { CheckedEntry } from '../keystore/logTrust.ts';

/**
 * What this browser found of one line. `verified`: in the log under a checkpoint that the witness cosigned.
 * `unwitnessed`: in the log, not cosigned yet. `gone`: its place is proven, its content was erased. `failed`: not proven.
 */
export type EntryState = 'verified' | 'unwitnessed' | 'gone' | 'failed';

export function stateOf({ verdict }: CheckedEntry): EntryState {
  switch (verdict.tag) {
    case 'proven':
      return verdict.witnessedAt === null ? 'unwitnessed' : 'verified';
    case 'gone':
      return 'gone';
    case 'refused':
    case 'unreadable':
      return 'failed';
  }
}

/** How many of each, and whether the log was answered in order: newest first, each place once. */
export function summaryOf(entries: readonly CheckedEntry[]): Record<EntryState, number> & { inOrder: boolean } {
  const count = { verified: 0, unwitnessed: 0, gone: 0, failed: 0 };
  for (const entry of entries) count[stateOf(entry)] += 1;
  const places = entries.flatMap(({ index }) => (index === null ? [] : [index]));
  return { ...count, inOrder: places.every((place, at) => at === 0 || place < (places[at - 1] ?? 0)) };
}

/** What is missing of a patient's own count, which the log keeps without a gap (packages/audit/SPEC.md section 2). */
export interface PatientGaps {
  /** How many entries about the patient stand between those that are shown, or before them. */
  readonly missing: number;
  /** Whether each line links to the one before it. */
  readonly isLinked: boolean;
}

/**
 * @param entries of one patient, newest first
 * @param isWhole whether there is nothing older
 */
export function gapsOf(entries: readonly CheckedEntry[], isWhole: boolean): PatientGaps {
  let missing = 0;
  let isLinked = true;
  let newer: { sequence: number; previous: string | null } | null = null;
  for (const { verdict, commitment } of entries) {
    if (verdict.tag !== 'proven' || commitment === null) continue;
    const { patientSequence, patientPrevious } = verdict.entry;
    if (patientSequence === null) continue;
    if (newer !== null) {
      const between = newer.sequence - patientSequence - 1;
      missing += Math.max(between, 0);
      if (between < 0 || (between === 0 && newer.previous !== toBase64url(commitment))) isLinked = false;
    }
    newer = { sequence: patientSequence, previous: patientPrevious };
  }
  if (isWhole && newer !== null) missing += newer.sequence - 1;
  return { missing, isLinked };
}

/**
 * The one patient whom all lines are about.
 *
 * @returns null when a proven line is about another or about nobody, or when no line says whom it is about
 */
export function onePatientOf(entries: readonly CheckedEntry[]): string | null {
  const patients = new Set(entries.flatMap(({ verdict }) => (verdict.tag === 'proven' ? [verdict.entry.patient] : [])));
  const [patient = null] = patients;
  return patients.size === 1 ? patient : null;
}

/** When the witness confirmed the newest checkpoint of the lines, in ms; null if none was. */
export function confirmedAt(entries: readonly CheckedEntry[]): number | null {
  const times = entries.flatMap(({ verdict }) =>
    'witnessedAt' in verdict && verdict.witnessedAt !== null ? [verdict.witnessedAt * 1000] : [],
  );
  return times.length === 0 ? null : Math.max(...times);
}

/** Places of the log that lie between those that were sent, or before them; from the newest. */
export interface PlaceGaps {
  readonly count: number;
  /** Such as `12–14, 3`. */
  readonly places: string;
}

/**
 * @param entries of everybody, newest first
 * @param isWhole whether there is nothing older: then the last place is 0
 */
export function placesMissing(entries: readonly CheckedEntry[], isWhole: boolean): PlaceGaps {
  const places = entries.flatMap(({ index }) => (index === null ? [] : [index]));
  const gaps = [...places, ...(isWhole ? [-1] : [])].flatMap((place, at, all) => {
    const newer = all[at - 1];
    return newer === undefined || newer - place <= 1 ? [] : [[place + 1, newer - 1] as const];
  });
  return {
    count: gaps.reduce((sum, [from, to]) => sum + to - from + 1, 0),
    places: gaps.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(', '),
  };
}

/** For how long what a line opened was open, of those that other lines tell. */
export const openOf = ({ verdict }: CheckedEntry, open: ReadonlyMap<string, OpenTime>): OpenTime | null =>
  verdict.tag === 'proven' ? (open.get(verdict.entry.id) ?? null) : null;

import { AuditFormatError } from '../errors.ts';
import { isCheckpointLine, parseLeafLine } from '../exportLine.ts';
import { type EntryLinks, type LeafContent, type LeafSummary, summarize } from '../leafSummary.ts';
import { hashLength, type TreeHasher } from '../treeHasher.ts';

/**
 * What some lines of an export say, packed for the way from one thread to another: a thousand small objects would take
 * longer to hand over than to make.
 */
export interface PackedLines {
  /** How many there were. */
  readonly count: number;
  /** Of each leaf in turn: its index; its commitment and leaf hash; and a row of what ties its entry to others. */
  readonly indices: Float64Array<ArrayBuffer>;
  readonly hashes: Uint8Array<ArrayBuffer>;
  readonly links: string;
  /** By turn, the leaves that aren't an entry and no more. */
  readonly odd: ReadonlyMap<number, LeafContent>;
  /** The other lines, by their place from 0, that say that they are a checkpoint. */
  readonly checkpoints: ReadonlyMap<number, string>;
  /** Places of those that are none. */
  readonly unreadable: readonly number[];
}

/** @param text lines, without the last one's end */
export function readLines(text: string, hasher: TreeHasher): PackedLines {
  const lines = text.split('\n');
  const summaries: LeafSummary[] = [];
  const checkpoints = new Map<number, string>();
  const unreadable: number[] = [];
  for (const [place, line] of lines.entries()) {
    try {
      if (isCheckpointLine(line)) checkpoints.set(place, line);
      else summaries.push(summarize(parseLeafLine(line), hasher));
    } catch (error) {
      if (!(error instanceof AuditFormatError)) throw error;
      unreadable.push(place);
    }
  }
  return { count: lines.length, ...pack(summaries), checkpoints, unreadable };
}

const hashesEach = 2 * hashLength;

function pack(summaries: readonly LeafSummary[]): Pick<PackedLines, 'indices' | 'hashes' | 'links' | 'odd'> {
  const indices = new Float64Array(summaries.length);
  const hashes = new Uint8Array(summaries.length * hashesEach);
  const odd = new Map<number, LeafContent>();
  const rows: string[] = [];
  for (const [turn, { index, commitment, leafHash, content }] of summaries.entries()) {
    indices[turn] = index;
    hashes.set(commitment, turn * hashesEach);
    hashes.set(leafHash, turn * hashesEach + hashLength);
    rows.push(content.tag === 'entry' ? rowOf(content.links) : '');
    if (content.tag !== 'entry' || content.erasure) odd.set(turn, content);
  }
  return { indices, hashes, links: rows.join('\n'), odd };
}

/** None of the fields has a space in it. */
const rowOf = ({ id, patient, patientSequence, patientPrevious }: EntryLinks): string =>
  patient === null ? id : `${id} ${patient} ${patientSequence ?? ''} ${patientPrevious ?? ''}`;

function linksOf(row: string): EntryLinks {
  const [id = '', patient = null, sequence = '', previous = ''] = row.split(' ');
  if (patient === null) return { id, patient, patientSequence: null, patientPrevious: null };
  return { id, patient, patientSequence: Number(sequence), patientPrevious: previous === '' ? null : previous };
}

/** The leaves of the lines. */
export function* unpack({ indices, hashes, links, odd }: PackedLines): Generator<LeafSummary> {
  const rows = links.split('\n');
  for (const [turn, index] of indices.entries()) {
    const at = turn * hashesEach;
    yield {
      index,
      commitment: hashes.subarray(at, at + hashLength),
      leafHash: hashes.subarray(at + hashLength, at + hashesEach),
      content: odd.get(turn) ?? { tag: 'entry', links: linksOf(rows[turn] ?? ''), erasure: null },
    };
  }
}

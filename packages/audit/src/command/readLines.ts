import { AuditFormatError } from '../errors.ts';
import { isCheckpointLine, parseLeafLine } from '../exportLine.ts';
import { type LeafContent, type LeafSummary, summarize } from '../leafSummary.ts';
import { hashLength, type TreeHasher } from '../treeHasher.ts';
import type { ExportFile, FileRange } from './exportFile.ts';

/**
 * What some lines of an export say, packed for the way from one thread to another: a thousand small objects would take
 * longer to hand over than to make.
 */
export interface PackedLines {
  /** How many there were. */
  readonly count: number;
  /** Of each leaf in turn: its index. */
  readonly indices: Float64Array<ArrayBuffer>;
  /** Its commitment, its leaf hash, its entry's id, and the commitment that its entry links to. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The patient, or nothing, of each leaf on a line, and the entry's place in the patient's own sequence, or 0. */
  readonly patients: string;
  readonly sequences: Float64Array<ArrayBuffer>;
  /** By turn, the leaves that aren't an entry, or say more. */
  readonly odd: ReadonlyMap<number, LeafContent>;
  /** The other lines, by their place from 0, that say that they are a checkpoint. */
  readonly checkpoints: ReadonlyMap<number, string>;
  /** Places of those that are none. */
  readonly unreadable: readonly number[];
}

/** Reads the lines that begin in a part of an export. */
export async function readLines(file: ExportFile, range: FileRange, hasher: TreeHasher): Promise<PackedLines> {
  const text = await file.lines(range);
  const lines = text === null ? [] : text.split('\n');
  // A file ends with the end of a line.
  if (lines.at(-1) === '') lines.pop();
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

const idLength = 16;
const leafHashAt = hashLength;
const idAt = 2 * hashLength;
const previousAt = idAt + idLength;
const bytesEach = previousAt + hashLength;

function pack(summaries: readonly LeafSummary[]) {
  const indices = new Float64Array(summaries.length);
  const sequences = new Float64Array(summaries.length);
  const bytes = new Uint8Array(summaries.length * bytesEach);
  const odd = new Map<number, LeafContent>();
  const patients: string[] = [];
  for (const [turn, { index, commitment, leafHash, content }] of summaries.entries()) {
    const at = turn * bytesEach;
    indices[turn] = index;
    bytes.set(commitment, at);
    bytes.set(leafHash, at + leafHashAt);
    if (content.tag !== 'entry' || content.erasure) {
      odd.set(turn, content);
      patients.push('');
      continue;
    }
    const { id, link } = content;
    bytes.set(id, at + idAt);
    if (link?.previous) bytes.set(link.previous, at + previousAt);
    sequences[turn] = link?.sequence ?? 0;
    patients.push(link?.patient ?? '');
  }
  return { indices, bytes, patients: patients.join('\n'), sequences, odd };
}

/** The leaves of the lines. */
export function* unpack({ indices, bytes, patients, sequences, odd }: PackedLines): Generator<LeafSummary> {
  const names = patients.split('\n');
  for (let turn = 0; turn < indices.length; turn += 1) {
    const at = turn * bytesEach;
    const sequence = sequences[turn] ?? 0;
    // The first of a patient's entries links to none.
    const previous = sequence > 1 ? bytes.subarray(at + previousAt, at + bytesEach) : null;
    const link = sequence === 0 ? null : { patient: names[turn] ?? '', sequence, previous };
    yield {
      index: indices[turn] ?? 0,
      commitment: bytes.subarray(at, at + leafHashAt),
      leafHash: bytes.subarray(at + leafHashAt, at + idAt),
      content: odd.get(turn) ?? { tag: 'entry', id: bytes.subarray(at + idAt, at + previousAt), link, erasure: null },
    };
  }
}

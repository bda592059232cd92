import { fromUtf8 } from '../bytes.ts';
import { AuditFormatError } from '../errors.ts';
import { isCheckpointLine, parseLeafLine } from '../exportLine.ts';
import { type LeafRun, LeafRunBuilder } from '../leafRun.ts';
import type { TreeHasher } from '../treeHasher.ts';
import type { ExportFile, FileRange } from './exportFile.ts';
import { LeafLine } from './leafLine.ts';

/** What some lines of an export say. */
export interface ReadLines {
  /** How many there were. */
  readonly count: number;
  readonly leaves: LeafRun;
  /** The other lines, by their place from 0, that say that they are a checkpoint. */
  readonly checkpoints: ReadonlyMap<number, string>;
  /** Places of those that are none. */
  readonly unreadable: readonly number[];
  /** Place of the last leaf; null if there is none. */
  readonly lastLeaf: number | null;
}

const newline = 10;

/** Reads the lines that begin in a part of an export. */
export async function readLines(file: ExportFile, range: FileRange, hasher: TreeHasher): Promise<ReadLines> {
  const bytes = await file.lines(range);
  const ends = endsOf(bytes);
  const leaves = new LeafRunBuilder(ends.length, hasher);
  const checkpoints = new Map<number, string>();
  const unreadable: number[] = [];
  const leaf = new LeafLine();
  let lastLeaf: number | null = null;
  let start = 0;
  for (let place = 0; place < ends.length; place += 1) {
    const end = ends[place] ?? 0;
    if (leaf.read(bytes, start, end) && end < bytes.length && leaves.addEntry(leaf)) {
      lastLeaf = place;
    } else {
      try {
        if (end === bytes.length) throw new AuditFormatError('export', 'line without an end');
        const line = fromUtf8(bytes.subarray(start, end), 'export');
        if (isCheckpointLine(line)) {
          checkpoints.set(place, line);
        } else {
          leaves.add(parseLeafLine(line));
          lastLeaf = place;
        }
      } catch (error) {
        if (!(error instanceof AuditFormatError)) throw error;
        unreadable.push(place);
      }
    }
    start = end + 1;
  }
  return { count: ends.length, leaves: leaves.finish(), checkpoints, unreadable, lastLeaf };
}

/** Where each line ends; one without an end ends behind the last byte. */
function endsOf(bytes: Buffer): number[] {
  const ends: number[] = [];
  let start = 0;
  for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
    ends.push(end);
    start = end + 1;
  }
  if (start < bytes.length) ends.push(bytes.length);
  return ends;
}

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeafLine } from '../src/command/leafLine.ts';
import { EntryScan } from '../src/entryScan.ts';
import {
  commit,
  decodeEntry,
  encodeEntry,
  formatLeafLine,
  portableTreeHasher as hasher,
  parseLeafLine,
} from '../src/index.ts';
import { LeafRunBuilder } from '../src/leafRun.ts';
import { LogScan, type ScannedLog } from '../src/logScan.ts';
import { anyEntry, anyOf, anySpelling } from './arbitraries.ts';
import { leafHashes, rootAmong, SampleLog } from './sampleLog.ts';
import { rowsOf, slowRow } from './slowRow.ts';

const numRuns = 10_000;
const utf8 = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** What could be mistaken for what should stand there. */
const intruder = fc.oneof(
  fc.constantFrom('', '""', 'null', '\\"', '\\\\', '\\u0041', '"v":1', ',"id":"', '{', '}', '\n', '\r', '\u0000'),
  anyOf(' !"#$%&()*+,-./0189:;<=>?@AQZ[\\]^_`agwz{|}~\u007f\u0080éΩ'),
);

/** A text in which a few characters at a place are others, or none. */
const changed = (of: fc.Arbitrary<string>) =>
  fc.tuple(of, fc.nat(), fc.nat(3), intruder).map(([original, at, length, inserted]) => {
    const place = at % (original.length + 1);
    return original.slice(0, place) + inserted + original.slice(place + length);
  });

const decoded = (bytes: Uint8Array) => {
  try {
    return decodeEntry(bytes);
  } catch {
    return null;
  }
};

/** That a scan of these bytes says what reading them the slow way does. */
function expectSame(bytes: Uint8Array): void {
  const scan = new EntryScan();
  const entry = decoded(bytes);
  expect(scan.take(bytes, 0) && scan.end === bytes.length).toBe(entry !== null);
  if (!entry) return;
  const { idAt, patientAt, patientEnd, previousAt, sequence } = scan;
  expect(text(bytes.subarray(idAt, idAt + 22))).toBe(entry.id);
  expect(text(bytes.subarray(patientAt, patientEnd))).toBe(entry.patient ?? '');
  expect(sequence).toBe(entry.patientSequence ?? 0);
  if (sequence > 1) expect(text(bytes.subarray(previousAt, previousAt + 43))).toBe(entry.patientPrevious);
  expect(scan.isAboutErasure).toBe(entry.action === 'audit.erase');
}

describe('scanning an entry', () => {
  it('takes each that there can be, and reads it as one does who decodes it', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const encoded = encodeEntry(entry);
        expect(decoded(encoded)).toEqual(entry);
        expectSame(encoded);
      }),
      { numRuns },
    );
  });

  it('takes nothing else, whatever was changed in one', () => {
    const anyChanged = changed(anyEntry.map((entry) => text(encodeEntry(entry))));
    fc.assert(
      fc.property(anyChanged, (spelled) => expectSame(utf8(spelled))),
      { numRuns },
    );
  });

  it('takes no field that is a little too long, too short or beside what it may hold', () => {
    fc.assert(
      fc.property(anySpelling, (spelled) => expectSame(utf8(spelled))),
      { numRuns },
    );
  });

  it('finds an entry in the midst of other bytes', () => {
    fc.assert(
      fc.property(anyEntry, fc.string(), fc.string(), (entry, before, after) => {
        const [start, encoded] = [utf8(before), encodeEntry(entry)];
        const bytes = utf8(before + text(encoded) + after);
        const scan = new EntryScan();
        expect(scan.take(bytes, start.length)).toBe(true);
        expect([scan.start, scan.end]).toEqual([start.length, start.length + encoded.length]);
        expect(text(bytes.subarray(scan.idAt, scan.idAt + 22))).toBe(entry.id);
      }),
      { numRuns: 1000 },
    );
  });
});

const salts = fc.uint8Array({ minLength: 32, maxLength: 32 });
const erasing = fc
  .tuple(anyEntry, fc.constantFrom('entry:0', 'entry:7', 'entry:08', 'entry:9007199254740993', 'entries:1'))
  .map(([entry, resource]) => ({ ...entry, action: 'audit.erase', resource }));
const anyLine = fc
  .record({ entry: fc.oneof({ weight: 4, arbitrary: anyEntry }, erasing), salt: salts, index: fc.maxSafeNat() })
  .map(({ entry, salt, index }) => {
    const encoded = encodeEntry(entry);
    return formatLeafLine({ index, commitment: commit(salt, encoded, hasher), content: { encoded, salt } });
  });

describe('a line of an export, read at once', () => {
  it('says what it says to one who takes it apart', () => {
    fc.assert(
      fc.property(anyLine, fc.constantFrom('', '\n', '\n{"commitment"', 'x'), (line, after) => {
        const run = new LeafRunBuilder(1, hasher);
        const read = new LeafLine();
        expect(read.read(utf8(line + after), 0, line.length) && run.addEntry(read)).toBe(true);
        const slow = slowRow(parseLeafLine(line));
        expect(rowsOf(run.finish())).toEqual([slow]);
        const other = new LeafRunBuilder(1, hasher);
        other.add(parseLeafLine(line));
        expect(rowsOf(other.finish())).toEqual([slow]);
      }),
      { numRuns: 2000 },
    );
  });

  it('isn’t read at once if anything was changed in it, or it says what it says', () => {
    fc.assert(
      fc.property(changed(anyLine), (line) => {
        const bytes = utf8(line);
        const run = new LeafRunBuilder(2, hasher);
        const read = new LeafLine();
        const isTaken = read.read(bytes, 0, bytes.length) && run.addEntry(read);
        let leaf: ReturnType<typeof parseLeafLine>;
        try {
          leaf = parseLeafLine(line);
        } catch (error) {
          expect(error).toMatchObject({ code: 'export' });
          expect(isTaken).toBe(false);
          return;
        }
        const slow = slowRow(leaf);
        const isWhole = slow.odd === null || slow.odd.tag === 'erasure';
        expect(isTaken).toBe(isWhole);
        if (!isTaken) run.add(leaf);
        expect(rowsOf(run.finish())).toEqual([slow]);
      }),
      { numRuns },
    );
  });
});

describe('leaves in runs', () => {
  const log = SampleLog.of(700);
  const root = rootAmong(leafHashes(log.leaves));

  it('have the roots and the findings that they have one by one, wherever they are cut', () => {
    const cuts = fc.array(fc.nat(700), { maxLength: 8 });
    const moved = fc.array(fc.tuple(fc.nat(699), fc.nat(699)), { maxLength: 2 });
    const size = fc.integer({ min: 600, max: 701 });
    fc.assert(
      fc.property(cuts, moved, size, fc.array(fc.nat(700), { maxLength: 4 }), (places, moves, stated, sizes) => {
        const leaves = [...log.leaves];
        for (const [from, to] of moves) leaves.splice(to, 0, ...leaves.splice(from, 1));
        const whole = new LogScan(stated, hasher);
        for (const leaf of leaves) whole.take(leaf);
        const inRuns = new LogScan(stated, hasher);
        const ends = [...places, leaves.length].sort((a, b) => a - b);
        for (const [i, end] of ends.entries()) {
          const part = leaves.slice(ends[i - 1] ?? 0, end);
          const run = new LeafRunBuilder(part.length, hasher);
          for (const leaf of part) run.add(leaf);
          inRuns.takeRun(run.finish());
        }
        const [expected, scanned] = [whole.finish(), inRuns.finish()];
        const told = ({ size: leaves, unbroken, erased, findings }: ScannedLog) => ({
          leaves,
          unbroken,
          erased,
          findings,
        });
        expect(told(scanned)).toEqual(told(expected));
        const known = sizes.filter((at) => at > 0 && at <= scanned.unbroken);
        const roots = scanned.rootsAt(known);
        for (const at of known) expect(roots.get(at)).toEqual(root({ start: 0, length: at }));
      }),
      { numRuns: 100 },
    );
  });

  it('tell every perfect subtree of 64 leaves or more', () => {
    const scan = new LogScan(700, hasher);
    for (const leaf of log.leaves) scan.take(leaf);
    const told: [number, number][] = [];
    scan.finish().rootsAt([130, 700], (level, index, hash) => {
      told.push([level, index]);
      expect(hash).toEqual(root({ start: index * 2 ** level, length: 2 ** level }));
    });
    const all = [6, 7, 8, 9].flatMap((level) =>
      Array.from({ length: Math.floor(700 / 2 ** level) }, (_, index): [number, number] => [level, index]),
    );
    expect(told.sort()).toEqual(all.sort());
  });
});

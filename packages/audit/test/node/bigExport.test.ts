import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExportFile } from '../../src/command/exportFile.ts';
import { readInThreads } from '../../src/command/readInThreads.ts';
import { readLines } from '../../src/command/readLines.ts';
import {
  formatCheckpointLine,
  formatExportHeader,
  formatLeafLine,
  formatVerifierKey,
  parseLeafLine,
  toBase64url,
} from '../../src/index.ts';
import { nodeTreeHasher } from '../../src/postgres/index.ts';
import { checkpointOf, origin, SampleLog, trust } from '../sampleLog.ts';
import { sampleEntry } from '../samples.ts';
import { rowsOf, slowRow } from '../slowRow.ts';
import { audit } from './auditCommand.ts';

let folder: string;
let lines: readonly string[];
let options: readonly string[];
const size = 9001;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-audit-'));
  const log = SampleLog.of(size - 1);
  const gone = log.leaves[100];
  if (!gone) throw new Error('the sample log has so many');
  const before = toBase64url(gone.commitment);
  log.appendEntry(sampleEntry({ action: 'audit.erase', resource: 'entry:100', before }));
  const checkpoints = [await checkpointOf(log.leaves.slice(0, 5000)), await checkpointOf(log.leaves)];
  lines = [
    formatExportHeader({ origin, size }),
    ...log.leaves.with(100, { ...gone, content: null }).map(formatLeafLine),
    ...checkpoints.map(formatCheckpointLine),
  ];
  const { log: logKey, witnesses } = await trust();
  options = [
    '--log-key',
    formatVerifierKey(logKey),
    ...witnesses.flatMap((key) => ['--witness-key', formatVerifierKey(key)]),
  ];
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

async function verify(changed: readonly string[]) {
  const path = join(folder, 'log');
  writeFileSync(path, `${changed.join('\n')}\n`);
  // Large enough to be read in threads.
  expect(statSync(path).size).toBeGreaterThan(4 << 20);
  return audit('verify', '--export', path, ...options);
}

describe('an export that is read in threads', () => {
  it('verifies', async () => {
    expect(await verify(lines)).toEqual({
      code: 0,
      out: 'The log is whole: 9001 entries, 1 of them erased; 9001 under a checkpoint, 9001 witnessed.\n',
      err: '',
    });
  });

  it('is told each change with its place', async () => {
    const changed = lines
      .with(11, (lines[11] ?? '').replace('staff-1', 'staff-2'))
      .with(4000, 'rubbish')
      .with(7001, (lines[7001] ?? '').replace(/"entry":.*,"index"/, '"index"').replace(/,"salt":"[^"]+"/, ''))
      .with(8001, lines[8002] ?? '')
      .with(8002, lines[8001] ?? '')
      .with(9003, (lines[9003] ?? '').replace('"checkpoint":"', '"checkpoint":"x'));
    const { code, out } = await verify(changed);
    expect(code).toBe(1);
    for (const sentence of [
      'Line 4001 of the export was changed',
      'Entry 10 was edited',
      'Entry 3999 was removed, and its commitment with it',
      'Entry 7000 was removed: it is gone and no erasure is on record',
      'Entry 8001 was moved: it stands where entry 8000 belongs',
      'Entry 8000 was moved: it stands where entry 8001 belongs',
      "The checkpoint of size 9001 wasn't signed by the log",
    ]) {
      expect(out).toContain(sentence);
    }
  });

  it('is read as one would, line by line, wherever it is cut', async () => {
    const changed = lines
      .slice(0, 400)
      .with(8, (lines[8] ?? '').replace('staff-1', 'staff-2'))
      .with(20, 'rubbish');
    const expected = changed
      .slice(1)
      .filter((line) => line !== 'rubbish')
      .map((line) => slowRow(parseLeafLine(line)));
    const path = join(folder, 'part');
    const text = `${[...changed, ...lines.slice(-3)].join('\n')}\n`;
    writeFileSync(path, text);
    const [first] = changed;
    const start = (first ?? '').length + 1;
    const file = await ExportFile.open(path);
    for (const step of [100_000, 700, 333, 90]) {
      const ranges = Array.from({ length: Math.ceil((text.length - start) / step) }, (_, i) => ({
        start: start + i * step,
        end: Math.min(start + (i + 1) * step, text.length),
      }));
      const rows: unknown[] = [];
      const checkpoints: string[] = [];
      let unreadable = 0;
      let count = 0;
      for (const range of ranges) {
        const read = await readLines(file, range, nodeTreeHasher);
        rows.push(...rowsOf(read.leaves));
        checkpoints.push(...read.checkpoints.values());
        unreadable += read.unreadable.length;
        count += read.count;
      }
      expect(count).toBe(402);
      expect(unreadable).toBe(1);
      expect(checkpoints).toEqual(lines.slice(-2));
      expect(rows.slice(0, -1)).toEqual(expected);
      expect(rows.at(-1)).toMatchObject({ odd: { tag: 'erasure', index: 100 } });
    }
    await file.close();
  });

  it('fails as a whole if a thread does', async () => {
    const read = readInThreads(join(folder, 'nowhere'), [{ start: 1, end: 2 }], 1);
    await expect(read.next()).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

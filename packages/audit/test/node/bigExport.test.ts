import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readInThreads } from '../../src/command/lineReaders.ts';
import { readLines, unpack } from '../../src/command/readLines.ts';
import {
  formatCheckpointLine,
  formatExportHeader,
  formatLeafLine,
  formatVerifierKey,
  portableTreeHasher as hasher,
  parseLeafLine,
  toBase64url,
} from '../../src/index.ts';
import { summarize } from '../../src/leafSummary.ts';
import { checkpointOf, origin, SampleLog, trust } from '../sampleLog.ts';
import { sampleEntry } from '../samples.ts';
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

  it('is read as it would be in one', async () => {
    const leaves = lines.slice(1, 301);
    const text = leaves.with(7, (leaves[7] ?? '').replace('staff-1', 'staff-2')).join('\n');
    const expected = text.split('\n').map((line) => summarize(parseLeafLine(line), hasher));
    const links = ({ content }: (typeof expected)[number]) => content.tag === 'entry' && content.links;
    for await (const read of readInThreads(chunks(text, lines.slice(301, 400).join('\n')), 2)) {
      const summaries = [...unpack(read)];
      if (summaries[0]?.index !== 0) continue;
      expect(summaries).toHaveLength(300);
      for (const [i, summary] of summaries.entries()) {
        const own = expected[i];
        if (!own) throw new Error('there are as many');
        expect(summary.index).toBe(own.index);
        expect(summary.content.tag).toBe(own.content.tag);
        expect(toBase64url(summary.commitment)).toBe(toBase64url(own.commitment));
        expect(toBase64url(summary.leafHash)).toBe(toBase64url(own.leafHash));
        expect(links(own)).toMatchObject(links(summary) || {});
      }
    }
    expect([...unpack(readLines(lines[9001] ?? '', hasher))][0]?.content).toMatchObject({ erasure: { index: 100 } });
  });

  it('fails as a whole if a thread does', async () => {
    const read = readInThreads(chunks(undefined as unknown as string), 1);
    await expect(read.next()).rejects.toThrow();
  });
});

async function* chunks(...texts: string[]) {
  yield* texts;
}

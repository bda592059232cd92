import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { parseSignedCheckpoint, type SignedCheckpoint } from '../checkpoint.ts';
import { CheckpointScan } from '../checkpointScan.ts';
import type { LogTrust } from '../checkpointTrust.ts';
import { AuditFormatError, AuditUsageError } from '../errors.ts';
import { parseCheckpointLine } from '../exportLine.ts';
import { describeFinding, type Finding, type VerificationReport } from '../finding.ts';
import { LogScan } from '../logScan.ts';
import { nodeTreeHasher } from '../node/nodeTreeHasher.ts';
import { maxNoteBytes } from '../note.ts';
import { reportOf } from '../verifyLog.ts';
import { ExportFile } from './exportFile.ts';
import type { CommandIo } from './io.ts';
import { readCapped } from './readCapped.ts';
import { readInThreads } from './readInThreads.ts';
import { type ReadLines, readLines } from './readLines.ts';
import { readTrust, trustOptions } from './trust.ts';

const mostFindings = 50;
/** As many parts of an export as one thread reads before another has started. */
const fewRanges = 4;
/** More threads than this only wait for the one that ties together what they have read. */
const mostThreads = 8;

export async function verify(args: readonly string[], io: CommandIo): Promise<0 | 1> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...trustOptions,
      database: { type: 'string' },
      export: { type: 'string' },
      checkpoint: { type: 'string', multiple: true },
    },
  });
  if ((values.database === undefined) === (values.export === undefined)) {
    throw new AuditUsageError('Either --database or --export is needed.');
  }
  const trust = readTrust(values);
  const given = await Promise.all(
    (values.checkpoint ?? []).map(async (path) => parseSignedCheckpoint(await readCapped(path, maxNoteBytes))),
  );
  const report =
    values.export === undefined
      ? await verifyDatabase(values.database, given, trust)
      : await verifyExport(values.export, given, trust);
  return tell(report, io);
}

async function verifyDatabase(
  urlFile: string | undefined,
  given: readonly SignedCheckpoint[],
  trust: LogTrust,
): Promise<VerificationReport> {
  // Only now: whoever checks a file needs no driver of a database.
  const { withDatabase } = await import('./openDatabase.ts');
  const { verifyStore } = await import('../postgres/verifyStore.ts');
  return withDatabase(urlFile, (database) => verifyStore(database, given, trust, nodeTreeHasher));
}

async function verifyExport(
  path: string,
  given: readonly SignedCheckpoint[],
  trust: LogTrust,
): Promise<VerificationReport> {
  const file = await ExportFile.open(path);
  try {
    const { origin, size } = await file.header();
    if (origin !== trust.log.name) throw new AuditFormatError('export', 'of another log than the key');
    const scan = new LogScan(size, nodeTreeHasher);
    const signed = await CheckpointScan.open(trust);
    await signed.takeAll(given);
    const findings: Finding[] = [];
    // The header is line 1.
    let line = 2;
    let firstCheckpoint: number | null = null;
    let isOneTooEarly = false;
    for await (const lines of readAll(path, file)) {
      scan.takeRun(lines.leaves);
      for (const place of lines.unreadable) findings.push({ tag: 'unreadable', line: line + place });
      const checkpoints: SignedCheckpoint[] = [];
      for (const [place, text] of lines.checkpoints) {
        firstCheckpoint ??= line + place;
        const checkpoint = checkpointOrNull(text);
        if (checkpoint) checkpoints.push(checkpoint);
        else findings.push({ tag: 'unreadable', line: line + place });
      }
      await signed.takeAll(checkpoints);
      // Leaves come before: a checkpoint in front of one isn't where a log has it.
      const isTooEarly = firstCheckpoint !== null && lines.lastLeaf !== null && firstCheckpoint < line + lines.lastLeaf;
      if (isTooEarly && !isOneTooEarly) findings.push({ tag: 'unreadable', line: firstCheckpoint ?? line });
      isOneTooEarly ||= isTooEarly;
      line += lines.count;
    }
    const report = reportOf(scan.finish(), signed, trust);
    return { ...report, findings: [...findings, ...report.findings] };
  } finally {
    await file.close();
  }
}

/** In threads, if there is so much that starting them is worth it. */
async function* readAll(path: string, file: ExportFile): AsyncGenerator<ReadLines> {
  const ranges = await file.ranges();
  if (ranges.length > fewRanges) yield* readInThreads(path, ranges, Math.min(availableParallelism(), mostThreads));
  else for (const range of ranges) yield readLines(file, range, nodeTreeHasher);
}

function checkpointOrNull(line: string): SignedCheckpoint | null {
  try {
    return parseCheckpointLine(line);
  } catch (error) {
    if (error instanceof AuditFormatError) return null;
    throw error;
  }
}

function tell({ size, erased, checkpointed, witnessed, findings }: VerificationReport, io: CommandIo): 0 | 1 {
  const counted = `${size} entries, ${erased} of them erased; ${checkpointed} under a checkpoint, ${witnessed} witnessed`;
  if (findings.length === 0 && checkpointed === 0) {
    io.out(`The log is NOT verified: no checkpoint of it was found, so anybody could have written it (${counted}).\n`);
    return 1;
  }
  if (findings.length === 0) {
    const open = size - checkpointed;
    const tail = `; what follows is under no checkpoint yet: anybody could have written it`;
    io.out(
      `The log is whole${open > 0 ? ` up to entry ${checkpointed - 1}` : ''}: ${counted}${open > 0 ? tail : ''}.\n`,
    );
    return 0;
  }
  const many = findings.length === 1 ? '1 finding' : `${findings.length} findings`;
  io.out(`The log is NOT whole: ${many} (${counted}).\n`);
  for (const finding of findings.slice(0, mostFindings)) io.out(`- ${describeFinding(finding)}\n`);
  if (findings.length > mostFindings) io.out(`- and ${findings.length - mostFindings} more\n`);
  return 1;
}

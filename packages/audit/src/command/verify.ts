import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { parseSignedCheckpoint, type SignedCheckpoint } from '../checkpoint.ts';
import { AuditFormatError, AuditUsageError } from '../errors.ts';
import {
  isCheckpointLine,
  type LoggedLeaf,
  parseCheckpointLine,
  parseExportHeader,
  parseLeafLine,
} from '../exportLine.ts';
import { describeFinding, type VerificationReport } from '../finding.ts';
import { nodeTreeHasher } from '../postgres/nodeTreeHasher.ts';
import { type LogTrust, verifyLog } from '../verifyLog.ts';
import type { CommandIo } from './io.ts';
import { withLog } from './openLog.ts';
import { readTrust, trustOptions } from './trust.ts';

const mostFindings = 50;

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
    (values.checkpoint ?? []).map(async (path) => parseSignedCheckpoint(new Uint8Array(await readFile(path)))),
  );
  const report =
    values.export === undefined
      ? await withLog(values.database, async (log) =>
          verifyLog(log.leaves(), [...(await log.checkpoints()), ...given], trust, nodeTreeHasher),
        )
      : await verifyExport(values.export, given, trust);
  return tell(report, io);
}

async function verifyExport(path: string, given: readonly SignedCheckpoint[], trust: LogTrust) {
  // Checkpoints stand at the end, and are needed from the start: a first pass collects them.
  const checkpoints = [...given];
  for await (const line of linesOf(path)) if (isCheckpointLine(line)) checkpoints.push(parseCheckpointLine(line));
  return verifyLog(leavesOf(path, trust), checkpoints, trust, nodeTreeHasher);
}

async function* leavesOf(path: string, trust: LogTrust): AsyncGenerator<LoggedLeaf> {
  let stated: number | null = null;
  let read = 0;
  for await (const line of linesOf(path)) {
    if (stated === null) {
      const header = parseExportHeader(line);
      if (header.origin !== trust.log.name) throw new AuditFormatError('export', 'of another log');
      stated = header.size;
    } else if (!isCheckpointLine(line)) {
      read += 1;
      yield parseLeafLine(line);
    }
  }
  if (stated !== read) throw new AuditFormatError('export', 'not as many entries as it says');
}

function linesOf(path: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: 0 });
}

function tell({ size, erased, checkpointed, witnessed, findings }: VerificationReport, io: CommandIo): 0 | 1 {
  const counted = `${size} entries, ${erased} of them erased; ${checkpointed} under a checkpoint, ${witnessed} witnessed`;
  if (findings.length === 0) {
    io.out(`The log is whole: ${counted}.\n`);
    return 0;
  }
  io.out(`The log is NOT whole: ${findings.length} findings (${counted}).\n`);
  for (const finding of findings.slice(0, mostFindings)) io.out(`- ${describeFinding(finding)}\n`);
  if (findings.length > mostFindings) io.out(`- and ${findings.length - mostFindings} more\n`);
  return 1;
}

import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { parseSignedCheckpoint, type SignedCheckpoint } from '../checkpoint.ts';
import { AuditFormatError, AuditUsageError } from '../errors.ts';
import { describeFinding, type VerificationReport } from '../finding.ts';
import { LogScan } from '../logScan.ts';
import { nodeTreeHasher } from '../postgres/nodeTreeHasher.ts';
import { verifyStore } from '../postgres/verifyStore.ts';
import { type LogTrust, reportOf } from '../verifyLog.ts';
import { readExport } from './exportFile.ts';
import type { CommandIo } from './io.ts';
import { withDatabase } from './openDatabase.ts';
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
      ? await withDatabase(values.database, (database) => verifyStore(database, given, trust, nodeTreeHasher))
      : await verifyExport(values.export, given, trust);
  return tell(report, io);
}

async function verifyExport(
  path: string,
  given: readonly SignedCheckpoint[],
  trust: LogTrust,
): Promise<VerificationReport> {
  let scan = new LogScan(0, nodeTreeHasher);
  const { checkpoints, findings } = await readExport(path, ({ origin, size }) => {
    if (origin !== trust.log.name) throw new AuditFormatError('export', 'of another log than the key');
    scan = new LogScan(size, nodeTreeHasher);
    return (leaf) => scan.take(leaf);
  });
  const report = await reportOf(scan.finish(), [...checkpoints, ...given], trust);
  return { ...report, findings: [...findings, ...report.findings] };
}

function tell({ size, erased, checkpointed, witnessed, findings }: VerificationReport, io: CommandIo): 0 | 1 {
  const counted = `${size} entries, ${erased} of them erased; ${checkpointed} under a checkpoint, ${witnessed} witnessed`;
  if (findings.length === 0) {
    io.out(`The log is whole: ${counted}.\n`);
    return 0;
  }
  const many = findings.length === 1 ? '1 finding' : `${findings.length} findings`;
  io.out(`The log is NOT whole: ${many} (${counted}).\n`);
  for (const finding of findings.slice(0, mostFindings)) io.out(`- ${describeFinding(finding)}\n`);
  if (findings.length > mostFindings) io.out(`- and ${findings.length - mostFindings} more\n`);
  return 1;
}

import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { AuditUsageError } from '../errors.ts';
import { formatCheckpointLine, formatExportHeader, formatLeafLine } from '../exportLine.ts';
import type { AuditLog } from '../postgres/auditLog.ts';
import type { CommandIo } from './io.ts';
import { withLog } from './openLog.ts';

/** Writes the whole log with its checkpoints (SPEC.md section 7). */
export async function exportLog(args: readonly string[], io: CommandIo): Promise<0> {
  const { values } = parseArgs({
    args: [...args],
    options: { database: { type: 'string' }, origin: { type: 'string' }, out: { type: 'string' } },
  });
  const { origin, out } = values;
  if (origin === undefined || out === undefined) throw new AuditUsageError('--origin and --out are needed.');
  await withLog(values.database, async (log) => {
    const { size } = await log.head();
    // Never over a file that is there: an export may be evidence.
    await pipeline(Readable.from(lines(log, origin, size)), createWriteStream(out, { flags: 'wx', mode: 0o600 }));
    io.out(`Exported ${size} entries.\n`);
  });
  return 0;
}

async function* lines(log: AuditLog, origin: string, size: number): AsyncGenerator<string> {
  yield `${formatExportHeader({ origin, size })}\n`;
  for await (const leaf of log.leaves()) {
    if (leaf.index === size) break;
    yield `${formatLeafLine(leaf)}\n`;
  }
  for (const signed of await log.checkpoints()) {
    if (signed.checkpoint.size <= size) yield `${formatCheckpointLine(signed)}\n`;
  }
}

import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { AuditUsageError } from '../errors.ts';
import { formatCheckpointLine, formatExportHeader, formatLeafLine } from '../exportLine.ts';
import { LogReader } from '../postgres/logReader.ts';
import { nodeTreeHasher } from '../postgres/nodeTreeHasher.ts';
import type { CommandIo } from './io.ts';
import { withDatabase } from './openDatabase.ts';

/** Writes the whole log with its checkpoints (SPEC.md section 7), as one moment saw it. */
export async function exportLog(args: readonly string[], io: CommandIo): Promise<0> {
  const { values } = parseArgs({
    args: [...args],
    options: { database: { type: 'string' }, origin: { type: 'string' }, out: { type: 'string' } },
  });
  const { origin, out } = values;
  if (origin === undefined || out === undefined) throw new AuditUsageError('--origin and --out are needed.');
  const exported = await withDatabase(values.database, (database) =>
    database.transaction(
      async (snapshot) => {
        const reader = new LogReader(snapshot, nodeTreeHasher);
        const { size } = await reader.head();
        // Never over a file that is there: an export may be evidence.
        const file = createWriteStream(out, { flags: 'wx', mode: 0o600 });
        await pipeline(Readable.from(lines(reader, origin, size)), file);
        return size;
      },
      { isolationLevel: 'repeatable read', accessMode: 'read only' },
    ),
  );
  io.out(`Exported ${exported} entries.\n`);
  return 0;
}

async function* lines(reader: LogReader, origin: string, size: number): AsyncGenerator<string> {
  yield `${formatExportHeader({ origin, size })}\n`;
  for await (const leaf of reader.leaves()) yield `${formatLeafLine(leaf)}\n`;
  for (const signed of await reader.checkpoints()) yield `${formatCheckpointLine(signed)}\n`;
}

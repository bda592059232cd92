import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { link, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { toBase64url } from '../bytes.ts';
import { AuditUsageError } from '../errors.ts';
import { formatExportHeader, formatLeafLine, type LoggedLeaf } from '../exportLine.ts';
import { nodeTreeHasher } from '../node/nodeTreeHasher.ts';
import { LogReader } from '../postgres/logReader.ts';
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
        await writeNew(out, lines(reader, origin, size));
        return size;
      },
      { isolationLevel: 'repeatable read', accessMode: 'read only' },
    ),
  );
  io.out(`Exported ${exported} entries.\n`);
  return 0;
}

/** Never over a file that is there, since an export may be evidence; and whole or not at all. */
async function writeNew(path: string, content: AsyncIterable<string | Buffer>): Promise<void> {
  const part = `${path}.${randomUUID()}.part`;
  try {
    await pipeline(Readable.from(content), createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true }));
    await link(part, path);
  } finally {
    await rm(part, { force: true });
  }
}

async function* lines(reader: LogReader, origin: string, size: number): AsyncGenerator<string | Buffer> {
  yield `${formatExportHeader({ origin, size })}\n`;
  for await (const leaf of reader.leaves()) yield leafLine(leaf);
  for await (const { note } of reader.keptCheckpoints()) yield `${JSON.stringify({ checkpoint: note })}\n`;
}

/** What was changed in the database is exported as it is: it is the verifier's to name it. */
function leafLine({ content, ...leaf }: LoggedLeaf): Buffer | string {
  const bare = formatLeafLine({ ...leaf, content: null });
  if (!content) return `${bare}\n`;
  const index = `,"index":${leaf.index}}`;
  const start = `${bare.slice(0, -index.length)},"entry":`;
  const end = `${index.slice(0, -1)},"salt":"${toBase64url(content.salt)}"}\n`;
  return Buffer.concat([Buffer.from(start), content.encoded, Buffer.from(end)]);
}

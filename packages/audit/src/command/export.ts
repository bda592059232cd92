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
import { fhirLines } from './fhirLines.ts';
import type { CommandIo } from './io.ts';
import { withDatabase } from './openDatabase.ts';

/**
 * Writes the whole log, as one moment saw it: with its checkpoints and all that proves it (`lines`, SPEC.md section 7), or as
 * FHIR's AuditEvents (`fhir`, section 7.1). 1 where entries don't say what was logged.
 */
export async function exportLog(args: readonly string[], io: CommandIo): Promise<0 | 1> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ database: { type: 'string' }, origin: { type: 'string' }, out: { type: 'string' } },
      format: { type: 'string', default: 'lines' },
    },
  });
  const { origin, out, format } = values;
  if (origin === undefined || out === undefined) throw new AuditUsageError('--origin and --out are needed.');
  const write = Object.hasOwn(writers, format) ? writers[format] : undefined;
  if (write === undefined) throw new AuditUsageError('--format is lines or fhir.');
  return withDatabase(values.database, (database) =>
    database.transaction(async (snapshot) => write(new LogReader(snapshot, nodeTreeHasher), { origin, out, io }), {
      isolationLevel: 'repeatable read',
      accessMode: 'read only',
    }),
  );
}

interface Target {
  readonly origin: string;
  readonly out: string;
  readonly io: CommandIo;
}

const writers: Readonly<Record<string, (reader: LogReader, target: Target) => Promise<0 | 1>>> = {
  async lines(reader, { origin, out, io }) {
    const { size } = await reader.head();
    await writeNew(out, lines(reader, origin, size));
    io.out(`Exported ${size} entries.\n`);
    return 0;
  },

  async fhir(reader, { origin, out, io }) {
    const tally = { told: 0, gone: 0, changed: 0 };
    await writeNew(out, fhirLines(reader.leaves(), origin, tally));
    const { told, gone, changed } = tally;
    io.out(`Exported ${told} entries; ${gone} have no content any more.\n`);
    if (changed === 0) return 0;
    io.err(`${changed} don't say what was logged and were left out: run audit verify.\n`);
    return 1;
  },
};

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

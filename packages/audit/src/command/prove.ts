import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { AuditUsageError } from '../errors.ts';
import { formatProvenEntry, parseProvenEntry } from '../exportLine.ts';
import { nodeTreeHasher } from '../postgres/nodeTreeHasher.ts';
import { verifyProvenEntry } from '../verifyEntry.ts';
import type { CommandIo } from './io.ts';
import { withLog } from './openLog.ts';
import { readTrust, trustOptions } from './trust.ts';

const refusals = {
  edited: 'the entry is not what was logged',
  notIncluded: 'the entry does not stand in that log',
  forged: "the checkpoint was not signed by that log's key",
  unwitnessed: 'no known witness has cosigned the checkpoint',
} as const;

export async function prove(args: readonly string[], io: CommandIo): Promise<0 | 1> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ...trustOptions, database: { type: 'string' }, out: { type: 'string' }, check: { type: 'string' } },
  });
  if (values.check !== undefined) {
    const proven = parseProvenEntry((await readFile(values.check, 'utf8')).trim());
    const verdict = await verifyProvenEntry(proven, readTrust(values), nodeTreeHasher);
    if (verdict.tag === 'refused') {
      io.out(`NOT proven: ${refusals[verdict.reason]}.\n`);
      return 1;
    }
    const place = `Entry ${proven.leaf.index} of ${proven.checkpoint.checkpoint.size}`;
    const when = verdict.witnessedAt === null ? 'not witnessed' : `witnessed ${isoTime(verdict.witnessedAt)}`;
    io.out(
      `${place} ${verdict.tag === 'erased' ? 'was logged and has since been erased' : 'stands in the log'}; ${when}.\n`,
    );
    return 0;
  }
  const [index = ''] = positionals;
  if (positionals.length !== 1 || !/^\d{1,15}$/.test(index)) throw new AuditUsageError('Which entry? Give its number.');
  const text = await withLog(values.database, async (log) => formatProvenEntry(await log.prove(Number(index))));
  if (values.out === undefined) io.out(`${text}\n`);
  else await writeFile(values.out, `${text}\n`, { mode: 0o600, flag: 'wx' });
  return 0;
}

const isoTime = (seconds: number): string => new Date(seconds * 1000).toISOString();

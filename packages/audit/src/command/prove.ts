import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { AuditUsageError } from '../errors.ts';
import { formatProvenEntry, type ProvenEntry, parseProvenEntry } from '../exportLine.ts';
import { nodeTreeHasher } from '../postgres/nodeTreeHasher.ts';
import { verifyInclusion } from '../proof.ts';
import { type EntryVerdict, verifyProvenEntry } from '../verifyEntry.ts';
import type { CommandIo } from './io.ts';
import { proveFromExport } from './proveFromExport.ts';
import { readTrust, trustOptions } from './trust.ts';

const refusals = {
  edited: 'the entry is not what was logged',
  malformed: 'what was logged is not an entry',
  notIncluded: 'the entry does not stand in that log',
  forged: "the checkpoint was not signed by that log's key",
  unwitnessed: 'no known witness has cosigned the checkpoint',
} as const;

/** Makes a proof of one entry, or checks one. */
export async function prove(args: readonly string[], io: CommandIo): Promise<0 | 1> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...trustOptions,
      database: { type: 'string' },
      export: { type: 'string' },
      out: { type: 'string' },
      check: { type: 'string' },
    },
  });
  if (values.check !== undefined) {
    const proven = parseProvenEntry((await readFile(values.check, 'utf8')).replace(/\n$/, ''));
    return tell(proven, await verifyProvenEntry(proven, readTrust(values), nodeTreeHasher), io);
  }
  const [index = ''] = positionals;
  if (positionals.length !== 1 || !/^\d{1,15}$/.test(index)) throw new AuditUsageError('Which entry? Give its number.');
  const { database, export: exported } = values;
  if ((database === undefined) === (exported === undefined)) {
    throw new AuditUsageError('Either --database or --export is needed.');
  }
  const proven =
    exported === undefined
      ? await proveFromDatabase(database, Number(index))
      : await proveFromExport(exported, Number(index), nodeTreeHasher);
  if (!holds(proven)) {
    io.err(`Entry ${index} can't be proven: the log isn't the one that the checkpoint is of. Verify it.\n`);
    return 1;
  }
  const text = `${formatProvenEntry(proven)}\n`;
  if (values.out === undefined) io.out(text);
  else await writeFile(values.out, text, { mode: 0o600, flag: 'wx' });
  return 0;
}

async function proveFromDatabase(urlFile: string | undefined, index: number): Promise<ProvenEntry> {
  // Only now: whoever checks a proof needs no driver of a database.
  const { withDatabase } = await import('./openDatabase.ts');
  const { LogReader } = await import('../postgres/logReader.ts');
  return withDatabase(urlFile, (database) => new LogReader(database, nodeTreeHasher).prove(index));
}

function holds({ leaf, proof, checkpoint: { checkpoint } }: ProvenEntry): boolean {
  const { size, root } = checkpoint;
  return verifyInclusion(nodeTreeHasher.leaf(leaf.commitment), leaf.index, size, proof, root, nodeTreeHasher);
}

function tell({ leaf, checkpoint }: ProvenEntry, verdict: EntryVerdict, io: CommandIo): 0 | 1 {
  if (verdict.tag === 'refused') {
    io.out(`NOT proven: ${refusals[verdict.reason]}.\n`);
    return 1;
  }
  const what = verdict.tag === 'gone' ? 'was logged, and what it said is gone' : 'stands in the log';
  const when =
    verdict.witnessedAt === null ? 'not witnessed' : `witnessed ${new Date(verdict.witnessedAt * 1000).toISOString()}`;
  io.out(`Entry ${leaf.index} of ${checkpoint.checkpoint.size} ${what}; ${when}.\n`);
  return 0;
}

import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { fromUtf8 } from '../bytes.ts';
import type { LogTrust } from '../checkpointTrust.ts';
import { AuditUsageError } from '../errors.ts';
import { formatProvenEntry, maxProvenEntryLength, type ProvenEntry, parseProvenEntry } from '../exportLine.ts';
import { nodeTreeHasher } from '../node/nodeTreeHasher.ts';
import { verifyInclusion } from '../proof.ts';
import { type EntryVerdict, type ErasureVerdict, verifyErasedEntry, verifyProvenEntry } from '../verifyEntry.ts';
import type { CommandIo } from './io.ts';
import { proveFromExport } from './proveFromExport.ts';
import { readCapped } from './readCapped.ts';
import { readTrust, trustOptions } from './trust.ts';

/** Two lines of the longest. */
const maxProofBytes = 2 * (maxProvenEntryLength + 1);

const refusals = {
  edited: 'the entry is not what was logged',
  malformed: 'what was logged is not an entry',
  notIncluded: 'the entry does not stand in that log',
  forged: "the checkpoint was not signed by that log's key",
  notErased: 'no erasure of this very entry is shown',
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
    return check(await readCapped(values.check, maxProofBytes), readTrust(values), io);
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
  if (!proven.every(holds)) {
    io.err(`Entry ${index} can't be proven: the log isn't the one that the checkpoint is of. Verify it.\n`);
    return 1;
  }
  const text = proven.map((each) => `${formatProvenEntry(each)}\n`).join('');
  if (values.out === undefined) io.out(text);
  else await writeFile(values.out, text, { mode: 0o600, flag: 'wx' });
  return 0;
}

/** The entry's proof; where it was erased, that of the entry about its erasure as well. */
async function proveFromDatabase(urlFile: string | undefined, index: number): Promise<ProvenEntry[]> {
  // Only now: whoever checks a proof needs no driver of a database.
  const { withDatabase } = await import('./openDatabase.ts');
  const { LogReader } = await import('../postgres/logReader.ts');
  return withDatabase(urlFile, async (database) => {
    const reader = new LogReader(database, nodeTreeHasher);
    const proven = await reader.prove(index);
    const record = proven.leaf.content ? null : await reader.erasureOf(index);
    return record === null ? [proven] : [proven, await reader.prove(record)];
  });
}

async function check(bytes: Uint8Array, trust: LogTrust, io: CommandIo): Promise<0 | 1> {
  const [line = '', second] = fromUtf8(bytes, 'proof').replace(/\n$/, '').split('\n', 2);
  const proven = parseProvenEntry(line);
  const verdict =
    second === undefined
      ? await verifyProvenEntry(proven, trust, nodeTreeHasher)
      : await verifyErasedEntry(proven, parseProvenEntry(second), trust, nodeTreeHasher);
  return tell(proven, verdict, io);
}

function holds({ leaf, proof, checkpoint: { checkpoint } }: ProvenEntry): boolean {
  const { size, root } = checkpoint;
  return verifyInclusion(nodeTreeHasher.leaf(leaf.commitment), leaf.index, size, proof, root, nodeTreeHasher);
}

function tell({ leaf, checkpoint }: ProvenEntry, verdict: EntryVerdict | ErasureVerdict, io: CommandIo): 0 | 1 {
  const place = `Entry ${leaf.index} of ${checkpoint.checkpoint.size}`;
  if (verdict.tag === 'refused') {
    io.out(`NOT proven: ${refusals[verdict.reason]}.\n`);
    return 1;
  }
  if (verdict.tag === 'gone') {
    io.out(`${place} is NOT shown: something was logged there, and no proof of its erasure lies beside.\n`);
    return 1;
  }
  const what = verdict.tag === 'erased' ? 'was logged, and was erased in order' : 'stands in the log';
  const when =
    verdict.witnessedAt === null ? 'not witnessed' : `witnessed ${new Date(verdict.witnessedAt * 1000).toISOString()}`;
  io.out(`${place} ${what}; ${when}.\n`);
  return 0;
}

import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  appendLeaves,
  emptyRange,
  formatProvenEntry,
  formatVerifierKey,
  type LogTrust,
  type NoteSigner,
  noteKeyTypes,
  rootOf,
  signCheckpoint,
  toBase64url,
  verifyLog,
  verifyProvenEntry,
} from '@sotto/audit';
import { Checkpointer, nodeTreeHasher, type StoredLeaf } from '@sotto/audit/postgres';
import { openKeyFile } from '@sotto/audit/witness';
import { type BenchDatabase, drafts } from './benchDatabase.ts';

const batch = 1024;
const proofs = 500;
const exportRounds = 5;
const sotto = join(import.meta.dirname, '..', '..', '..', 'packages', 'cli', 'bin', 'sotto.mjs');

/** What a log of a million entries gives. */
export interface BigLog {
  readonly entries: number;
  /** Of each proof: the hashes, as they are and in the line that is handed out, and all of that line. */
  readonly hashBytes: readonly number[];
  readonly listCharacters: readonly number[];
  readonly lineBytes: readonly number[];
  /** Milliseconds to make a proof from the database. */
  readonly provingTimes: readonly number[];
  /** Entries a second: in memory, and by the command over an export and over the database. */
  readonly verifiedInMemory: readonly number[];
  readonly verifiedExport: readonly number[];
  readonly verifiedDatabase: number;
}

/** Appends so many entries, and then does with the log what auditors do. */
export const measureBigLog = async (
  bench: BenchDatabase,
  entries: number,
  say: (words: string) => void,
): Promise<BigLog> => {
  await bench.empty();
  const folder = await mkdtemp(join(tmpdir(), 'sotto-bench-audit-'));
  try {
    for (let first = 0; first < entries; first += batch) {
      await bench.log.append(drafts(Math.min(batch, entries - first), first));
      if (first % (100 * batch) === 0) say(`appended ${first} entries`);
    }
    await bench.ownerPool.query('ANALYZE');
    const signer = await openKeyFile(join(folder, 'log.pem'), 'bench.example/log', noteKeyTypes.ed25519);
    const { database } = bench;
    await new Checkpointer({ database, hasher: nodeTreeHasher, signer, witness: null }).checkpoint();
    const trust: LogTrust = { log: signer.key, witnesses: [], requireWitness: false };

    say('proving');
    const measured = { hashBytes: [] as number[], listCharacters: [] as number[], lineBytes: [] as number[] };
    const provingTimes: number[] = [];
    for (let i = 0; i < proofs; i += 1) {
      const started = performance.now();
      const proven = await bench.reader.prove(Math.floor(Math.random() * entries));
      provingTimes.push(performance.now() - started);
      const verdict = await verifyProvenEntry(proven, trust, nodeTreeHasher);
      if (verdict.tag !== 'proven') throw new Error('A proof of an entry that is in the log was refused.');
      measured.hashBytes.push(proven.proof.reduce((sum, hash) => sum + hash.length, 0));
      measured.listCharacters.push(JSON.stringify(proven.proof.map(toBase64url)).length);
      measured.lineBytes.push(Buffer.byteLength(formatProvenEntry(proven)));
    }

    say('verifying in memory');
    const verifiedInMemory = await verifyInMemory(bench, Math.min(entries, 200_000), signer);

    say('verifying by the command');
    const [url, exported] = [join(folder, 'url'), join(folder, 'log.jsonl')];
    await writeFile(url, bench.url, { mode: 0o600 });
    const command = (...args: string[]): number => {
      const started = performance.now();
      const { status, stderr } = spawnSync(process.execPath, [sotto, 'audit', ...args], { encoding: 'utf8' });
      if (status !== 0) throw new Error(`sotto audit ${args[0] ?? ''} failed: ${stderr}`);
      return (entries * 1000) / (performance.now() - started);
    };
    const key = ['--log-key', formatVerifierKey(signer.key)];
    command('export', '--database', url, '--origin', signer.key.name, '--out', exported);
    return {
      entries,
      ...measured,
      provingTimes,
      verifiedInMemory,
      // Again and again: the first comes while the disk still writes what was exported.
      verifiedExport: Array.from({ length: exportRounds }, () => command('verify', '--export', exported, ...key)),
      verifiedDatabase: command('verify', '--database', url, ...key),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
};

/** The whole verification, from the stored bytes on, without where they come from. */
const verifyInMemory = async (bench: BenchDatabase, entries: number, signer: NoteSigner): Promise<number[]> => {
  const leaves: StoredLeaf[] = [];
  for await (const leaf of bench.reader.leaves()) if (leaves.push(leaf) === entries) break;
  const hashes = leaves.map(({ commitment }) => nodeTreeHasher.leaf(commitment));
  const root = rootOf(appendLeaves(emptyRange, hashes, nodeTreeHasher), nodeTreeHasher);
  const checkpoint = await signCheckpoint({ origin: signer.key.name, size: entries, root }, signer);
  const trust: LogTrust = { log: signer.key, witnesses: [], requireWitness: false };
  const rates: number[] = [];
  for (let round = -1; round < 7; round += 1) {
    const started = performance.now();
    const report = await verifyLog(entries, leaves, [checkpoint], trust, nodeTreeHasher);
    if (report.findings.length > 0 || report.checkpointed !== entries)
      throw new Error('An honest log was found wanting.');
    if (round >= 0) rates.push((entries * 1000) / (performance.now() - started));
  }
  return rates;
};

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EntryDraft, encodeSignedCheckpoint, formatVerifierKey, noteKeyTypes } from '@sotto/audit';
import { AuditLog, Checkpointer, installLog, nodeTreeHasher } from '@sotto/audit/postgres';
import { createKeyObjectSigner, Witness, type WitnessState } from '@sotto/audit/witness';
import { startTemporaryServer } from '@sotto/infra/postgres';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';

export const origin = 'clinic.example/log';

const draft = (actor: string): EntryDraft => ({
  time: '2026-11-22T08:00:00.000Z',
  actor,
  role: 'physician',
  action: 'recording.open',
  resource: 'recording:7',
  patient: 'patient-1',
  purpose: 'treatment',
  address: null,
  userAgent: null,
  session: null,
  before: null,
  after: null,
  outcome: 'allowed',
});

const memoryState = (): WitnessState => {
  const known = new Map<string, Awaited<ReturnType<WitnessState['load']>>>();
  return {
    load: async (name) => known.get(name) ?? null,
    store: async (name, cosigned) => {
      known.set(name, cosigned);
    },
  };
};

/** A log of thirty entries in a database, witnessed after each ten, and what an auditor was given. */
export interface AuditedLog {
  /** Path of a new file in its folder. */
  at(name: string): string;
  /** A file with the database's address. */
  readonly database: string;
  /** A file with the last checkpoint that the witness has cosigned. */
  readonly checkpoint: string;
  readonly logKey: string;
  /** Options that say whom to believe. */
  readonly trust: readonly string[];
  /** As whoever owns the database, and has taken its triggers away. */
  asOwner(statement: string): Promise<void>;
  remove(): Promise<void>;
}

export const auditedLog = async (): Promise<AuditedLog> => {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-cli-'));
  const at = (name: string): string => join(folder, name);
  const server = await startTemporaryServer();
  const pools = [server.ownerUrl, server.appUrl].map((connectionString) => new pg.Pool({ connectionString, max: 1 }));
  for (const pool of pools) {
    // The server may be gone before the last connection is.
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
  }
  const [owner, writer] = pools;
  if (!owner || !writer) throw new Error('There are two of them.');
  const client = await owner.connect();
  await client.query('BEGIN');
  await installLog(client, { writer: new URL(server.appUrl).username, eraser: null });
  await client.query('COMMIT');
  client.release();

  const key = () => generateKeyPairSync('ed25519').privateKey;
  const signer = createKeyObjectSigner(key(), origin, noteKeyTypes.ed25519);
  const witnessSigner = createKeyObjectSigner(key(), 'witness.example', noteKeyTypes.cosignatureV1);
  const witness = new Witness({
    signer: witnessSigner,
    logs: [signer.key],
    state: memoryState(),
    hasher: nodeTreeHasher,
    now: () => 1_800_000_000,
  });
  const database = drizzle(writer);
  const hasher = nodeTreeHasher;
  const log = new AuditLog(database, { hasher, random: (length) => new Uint8Array(randomBytes(length)) });
  const checkpointer = new Checkpointer({
    database,
    hasher,
    signer,
    witness: { key: witnessSigner.key, addCheckpoint: (body) => witness.addCheckpoint(body) },
  });
  for (let start = 0; start < 30; start += 10) {
    await log.append(Array.from({ length: 10 }, (_, i) => draft(`staff-${start + i}`)));
    const outcome = await checkpointer.checkpoint();
    if (outcome.tag !== 'witnessed') throw new Error('The witness is in this very process.');
    writeFileSync(at('checkpoint'), encodeSignedCheckpoint(outcome.checkpoint));
  }
  writeFileSync(at('database'), server.appUrl, { mode: 0o600 });
  const logKey = formatVerifierKey(signer.key);
  return {
    at,
    database: at('database'),
    checkpoint: at('checkpoint'),
    logKey,
    trust: ['--log-key', logKey, '--witness-key', formatVerifierKey(witnessSigner.key), '--require-witness'],
    asOwner: async (statement) => {
      for (const table of ['entry', 'commitments', 'sequencer', 'checkpoint']) {
        await owner.query(`ALTER TABLE audit.${table} DISABLE TRIGGER USER`);
      }
      await owner.query(statement);
    },
    remove: async () => {
      await Promise.all(pools.map((pool) => pool.end()));
      await server.remove();
      rmSync(folder, { recursive: true });
    },
  };
};

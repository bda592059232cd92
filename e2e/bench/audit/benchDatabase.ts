import { randomBytes } from 'node:crypto';
import type { EntryDraft } from '@sotto/audit';
import { AuditLog, installLog, LogReader, nodeTreeHasher } from '@sotto/audit/postgres';
import { startTemporaryServer, type TemporaryServer } from '@sotto/infra/postgres';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';

const patients = 5_000;

/** Acts as a clinic has them: about one of a few thousand patients, by one of a few hundred people. */
export const drafts = (count: number, first = 0): EntryDraft[] =>
  Array.from({ length: count }, (_, i) => ({
    time: new Date(Date.UTC(2026, 0, 1) + (first + i) * 1000).toISOString(),
    actor: `staff:${String((first + i * 7) % 300).padStart(22, 'x')}`,
    role: 'physician',
    action: 'recording.open',
    resource: `recording:${String(first + i).padStart(22, 'y')}`,
    patient: `patient:${String((first + i * 31) % patients).padStart(22, 'z')}`,
    purpose: 'treatment',
    address: '192.0.2.7',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    session: `session:${String(first + i).padStart(22, 's')}`,
    before: null,
    after: null,
    outcome: 'allowed',
  }));

const openLog = (database: NodePgDatabase): AuditLog =>
  new AuditLog(database, { hasher: nodeTreeHasher, random: (length) => new Uint8Array(randomBytes(length)) });

/** A PostgreSQL server of its own with an empty log, and beside it a table of the same rows without one. */
export class BenchDatabase {
  readonly ownerPool: pg.Pool;
  readonly pool: pg.Pool;
  readonly database: NodePgDatabase;
  /** Of the log that is there: both remember what can't change in one log. */
  log: AuditLog;
  reader: LogReader;
  readonly #server: TemporaryServer;

  private constructor(server: TemporaryServer) {
    this.#server = server;
    this.ownerPool = new pg.Pool({ connectionString: server.ownerUrl, max: 1 });
    this.pool = new pg.Pool({ connectionString: server.appUrl, max: 4 });
    // What a lost connection spoils is told by the query that needed it, not by the end of the whole program.
    for (const pool of [this.ownerPool, this.pool]) pool.on('error', () => undefined);
    this.database = drizzle(this.pool);
    this.log = openLog(this.database);
    this.reader = new LogReader(this.database, nodeTreeHasher);
  }

  static async start(): Promise<BenchDatabase> {
    const bench = new BenchDatabase(await startTemporaryServer());
    await bench.empty();
    return bench;
  }

  /** The address that a command gets. */
  get url(): string {
    return this.#server.appUrl;
  }

  /** Makes the log anew, and the table beside it. */
  async empty(): Promise<void> {
    const role = new URL(this.#server.appUrl).username;
    const owner = await this.ownerPool.connect();
    try {
      await owner.query('DROP SCHEMA IF EXISTS audit CASCADE; DROP SCHEMA IF EXISTS plain CASCADE; BEGIN');
      await installLog(owner, { writer: role, eraser: null });
      await owner.query(`COMMIT; CREATE SCHEMA plain; CREATE TABLE plain.entry (LIKE audit.entry INCLUDING ALL);
        GRANT USAGE ON SCHEMA plain TO ${role}; GRANT INSERT ON plain.entry TO ${role}`);
    } finally {
      owner.release();
    }
    this.log = openLog(this.database);
    this.reader = new LogReader(this.database, nodeTreeHasher);
  }

  async stop(): Promise<void> {
    await this.pool.end();
    await this.ownerPool.end();
    await this.#server.remove();
  }
}

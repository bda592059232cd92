import { randomBytes } from 'node:crypto';
import { startTemporaryServer, type TemporaryServer } from '@sotto/infra/postgres';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { AuditLog, installLog, LogReader, nodeTreeHasher } from '../../src/postgres/index.ts';

export const ports = { hasher: nodeTreeHasher, random: (length: number) => new Uint8Array(randomBytes(length)) };

/** One PostgreSQL server, in which each test makes a log anew. */
export class TestDatabase {
  readonly #postgres: TemporaryServer;
  #pools: pg.Pool[] = [];

  private constructor(postgres: TemporaryServer) {
    this.#postgres = postgres;
  }

  static async start(): Promise<TestDatabase> {
    return new TestDatabase(await startTemporaryServer());
  }

  get appUrl(): string {
    return this.#postgres.appUrl;
  }

  connect(url: string): pg.Pool {
    const pool = new pg.Pool({ connectionString: url, max: 4 });
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
    this.#pools.push(pool);
    return pool;
  }

  /** A log without entries. `owner` may do what an administrator may. */
  async freshLog() {
    const owner = this.connect(this.#postgres.ownerUrl);
    const role = new URL(this.appUrl).username;
    const client = await owner.connect();
    try {
      await client.query('DROP SCHEMA IF EXISTS audit CASCADE; BEGIN');
      await installLog(client, { writer: role, eraser: role });
      await client.query('COMMIT');
    } finally {
      client.release();
    }
    const writer = this.connect(this.appUrl);
    const database = drizzle(writer);
    return {
      owner,
      writer,
      database,
      log: new AuditLog(database, ports),
      reader: new LogReader(database, ports.hasher),
    };
  }

  async disconnect(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.end()));
    this.#pools = [];
  }

  remove(): Promise<void> {
    return this.#postgres.remove();
  }
}

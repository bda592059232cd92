import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { drizzle } from 'drizzle-orm/node-postgres';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { installLog } from '../../src/postgres/index.ts';
import { sampleDraft } from '../samples.ts';
import { TestDatabase } from './database.ts';
import { createNotary } from './logInDatabase.ts';

let server: TestDatabase;
beforeAll(async () => {
  server = await TestDatabase.start();
}, 120_000);
afterEach(() => server.disconnect());
afterAll(() => server.remove());

const migration = (name: string): string =>
  readFileSync(new URL(`../../src/postgres/migrations/${name}.sql`, import.meta.url), 'utf8');
const published = {
  '0001_log': 'b5b3a0df47e9573c2971e8be0f64526e26cc8495e245593b75a13adb89968d7d',
  '0002_guarded': 'c13b9fe87660f2da44b5ee2f5748571a6e3ef858a91560e417a77ff45df19bc4',
};

describe('the migrations of a log', () => {
  it('are what was published', () => {
    for (const [name, sha256] of Object.entries(published)) {
      expect(createHash('sha256').update(migration(name)).digest('hex'), name).toBe(sha256);
    }
  });

  it('carry on an installation of the first version with its entries, and take away its rights', async () => {
    const { owner, writer, log, reader, database } = await server.freshLog();
    const { checkpointerOf, verify } = await createNotary();
    await log.append(Array.from({ length: 300 }, () => ({ ...sampleDraft, patient: 'patient-1' })));
    const checkpointer = checkpointerOf(database);
    await checkpointer.checkpoint();
    // As the first version left it: the same tables, its own functions and rights, no list.
    const role = new URL(server.appUrl).username;
    const tables = ['entry', 'commitments', 'subtree', 'sequencer', 'checkpoint', 'erased_head'];
    const client = await owner.connect();
    await client.query(tables.map((table) => `CREATE TABLE public.${table} AS TABLE audit.${table};`).join(''));
    await client.query('DROP SCHEMA audit CASCADE');
    await client.query(migration('0001_log'));
    await client.query('DROP TRIGGER sequencer_forward ON audit.sequencer; DELETE FROM audit.sequencer');
    await client.query(tables.map((table) => `INSERT INTO audit.${table} TABLE public.${table};`).join(''));
    await client.query(`DROP TABLE ${tables.map((table) => `public.${table}`).join(', ')};
      CREATE TRIGGER sequencer_forward BEFORE UPDATE ON audit.sequencer FOR EACH ROW EXECUTE FUNCTION audit.only_forward();
      GRANT USAGE ON SCHEMA audit TO ${role};
      GRANT SELECT, INSERT ON audit.entry, audit.commitments, audit.subtree, audit.checkpoint TO ${role};
      GRANT SELECT ON audit.erased_head TO ${role}; GRANT SELECT, UPDATE ON audit.sequencer TO ${role};`);
    // A program of this version says what is missing.
    await expect(log.append([sampleDraft])).rejects.toMatchObject({ code: 'notMigrated' });

    for (let time = 0; time < 2; time += 1) await installLog(client, { writer: role, eraser: null });
    client.release();
    await expect(writer.query('UPDATE audit.sequencer SET size = size + 1')).rejects.toThrow('permission denied');
    await expect(writer.query('SELECT audit.erase(0)')).rejects.toThrow('permission denied');
    await log.append([{ ...sampleDraft, patient: 'patient-1' }]);
    expect((await checkpointer.checkpoint()).tag).toBe('witnessed');
    expect((await reader.head()).size).toBe(301);
    expect(await verify(database)).toMatchObject({ size: 301, witnessed: 301, findings: [] });
  });

  it('stop at what they don’t know', async () => {
    const { owner } = await server.freshLog();
    const role = new URL(server.appUrl).username;
    const client = await owner.connect();
    const install = () => installLog(client, { writer: role, eraser: null });
    await client.query(`INSERT INTO audit.schema_migration VALUES ('0003_later', 'x')`);
    await expect(install()).rejects.toMatchObject({ code: 'otherVersion' });
    await client.query(`DELETE FROM audit.schema_migration WHERE name = '0003_later'`);
    await install();
    await client.query(`UPDATE audit.schema_migration SET sha256 = 'x' WHERE name = '0001_log'`);
    await expect(install()).rejects.toMatchObject({ code: 'otherVersion' });
    client.release();
  });

  it('give nothing to who owns the log, or may become who does', async () => {
    const { owner } = await server.freshLog();
    const client = await owner.connect();
    const { rows } = await client.query<{ name: string }>('SELECT current_user AS name');
    const name = rows[0]?.name ?? '';
    await expect(installLog(client, { writer: name, eraser: null })).rejects.toMatchObject({ code: 'notSeparate' });
    client.release();
  });

  it('let an auditor read, and no more', async () => {
    const { owner, log } = await server.freshLog();
    await log.append([sampleDraft]);
    const client = await owner.connect();
    const role = new URL(server.appUrl).username;
    // The one other role that there is here: as if it had never been a writer.
    await installLog(client, { writer: role, eraser: null });
    await client.query(`REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM ${role}`);
    await expect(log.append([sampleDraft])).rejects.toMatchObject({ code: 'unavailable', cause: { code: '42501' } });
    const { rows } = await client.query<{ allowed: boolean }>(
      `SELECT bool_or(has_table_privilege($1, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')) AS allowed
       FROM pg_class c WHERE c.relnamespace = 'audit'::regnamespace AND c.relkind = 'r'`,
      [role],
    );
    expect(rows).toEqual([{ allowed: false }]);
    client.release();
    const { createNotary: notary } = await import('./logInDatabase.ts');
    const { verify } = await notary();
    expect((await verify(drizzle(server.connect(server.appUrl)))).findings).toEqual([
      { tag: 'uncovered', index: 0, size: 1 },
    ]);
  });
});

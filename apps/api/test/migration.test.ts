import { startTemporaryServer, type TemporaryServer } from '@sotto/infra/postgres';
import { assertMigrated, readMigrations } from '@sotto/service/migrations';
import { connectDatabase } from '@sotto/service/postgres';
import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { type PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appRights } from '../src/appRights.ts';
import * as incidentSchema from '../src/incidentSchema.ts';
import { clinicMigrations, migrate } from '../src/migration.ts';
import * as phiSchema from '../src/phiSchema.ts';
import * as schema from '../src/schema.ts';

let postgres: TemporaryServer;
beforeAll(async () => {
  postgres = await startTemporaryServer();
});
afterAll(() => postgres.remove());

async function query<T extends object>(url: string, text: string): Promise<T[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}
const asOwner = <T extends object>(text: string) => query<T>(postgres.ownerUrl, text);
const asApp = <T extends object>(text: string) => query<T>(postgres.appUrl, text);
const isMigrated = async () => {
  const connection = connectDatabase(postgres.appUrl, { application: 'sotto-test', onIdleFault: () => undefined });
  try {
    await assertMigrated(connection.database, clinicMigrations);
  } finally {
    await connection.close();
  }
};

describe('the migration', () => {
  it('is missed by the service where it has not run', async () => {
    await expect(isMigrated()).rejects.toThrow(/run the migration first/);
  });

  it('runs once, however many start it', async () => {
    await Promise.all([1, 2, 3].map(() => migrate(postgres.ownerUrl, postgres.appUrl)));
    await migrate(postgres.ownerUrl, postgres.appUrl);
    expect(await asOwner('select name from clinic.schema_migration')).toHaveLength(
      readMigrations(clinicMigrations).length,
    );
    await expect(isMigrated()).resolves.toBeUndefined();
  });

  it('makes the tables that the queries are typed by', async () => {
    const columns = await asOwner<{ table: string; column: string; optional: boolean }>(
      `select table_name as table, column_name as column, is_nullable = 'YES' as optional
       from information_schema.columns where table_schema = 'clinic' and table_name <> 'schema_migration'`,
    );
    const typed = Object.values({ ...schema, ...incidentSchema, ...phiSchema })
      .filter((value) => is(value, PgTable))
      .flatMap((table) =>
        Object.values<PgColumn>(getTableColumns(table)).map(({ name, notNull }) => ({
          table: getTableName(table),
          column: name,
          optional: !notNull,
        })),
      );
    const sorted = (rows: object[]) => rows.map((row) => JSON.stringify(row)).sort();
    expect(sorted(typed)).toEqual(sorted(columns.map(({ table, column, optional }) => ({ table, column, optional }))));
  });

  it('gives the app’s role exactly its rights', async () => {
    const granted = await asApp<{ table: string; privilege: string; column: string | null }>(
      `select table_name as table, privilege_type as privilege, null as column
         from information_schema.role_table_grants where grantee = current_user
       union all
       select table_name, privilege_type, column_name
         from information_schema.role_column_grants where grantee = current_user and privilege_type = 'UPDATE'`,
    );
    const expected = Object.entries(appRights).flatMap(([table, rights]) => [
      ...(['select', 'insert', 'delete'] as const)
        .filter((right) => rights[right])
        .map((right) => `${table} ${right.toUpperCase()} null`),
      ...(rights.update ?? []).map((column) => `${table} UPDATE ${column}`),
    ]);
    // Of the platform's log it reads, and appends by functions alone.
    const ofLog = ['checkpoint', 'commitments', 'entry', 'erased_head', 'schema_migration', 'sequencer', 'subtree'];
    expected.push(...ofLog.map((table) => `${table} SELECT null`));
    expect(granted.map(({ table, privilege, column }) => `${table} ${privilege} ${column}`).sort()).toEqual(
      expected.sort(),
    );
  });

  it.each([
    ['make a table', 'create table clinic.other (id int)'],
    ['make a table elsewhere', 'create table public.other (id int)'],
    ['make a temporary table', 'create temporary table other (id int)'],
    ['drop a table', 'drop table clinic.patient'],
    ['empty a table', 'truncate clinic.visit'],
    ['delete a visit', 'delete from clinic.visit'],
    ['delete what was written', 'delete from clinic.sealed_object'],
    ['rewrite what was written', "update clinic.sealed_object set run = ''"],
    ['move an object to another visit', "update clinic.minted_object set visit_id = ''"],
    ['move a patient to another clinic', "update clinic.patient set clinic_id = ''"],
    ['move a visit to another clinician', "update clinic.visit set clinician_id = ''"],
    ['make a role another one', "update clinic.role_assignment set role = 'admin'"],
    ['forget that a role was held', 'delete from clinic.role_assignment'],
    ['change its own history', 'update clinic.schema_migration set sha256 = name'],
    ['make a role', 'create role other'],
    ['take the owner’s role', 'set role sotto_owner'],
    ['read password hashes', 'select rolpassword from pg_authid'],
    ['read files', "select pg_read_file('/etc/passwd')"],
  ])('does not let the app %s', async (_, text) => {
    await expect(asApp(text)).rejects.toMatchObject({ code: '42501' });
  });

  it('never has the app’s password in a statement or in clear', async () => {
    const { password } = new URL(postgres.appUrl);
    const changed = new URL(postgres.appUrl);
    changed.password = `${password}x`;
    await migrate(postgres.ownerUrl, changed.href);
    await expect(asApp('select 1')).rejects.toMatchObject({ code: '28P01' });
    expect(await query(changed.href, 'select 1')).toHaveLength(1);
    await migrate(postgres.ownerUrl, postgres.appUrl);
    expect(await asApp('select 1')).toHaveLength(1);
  });

  it.each([
    ['the owner as the app', () => migrate(postgres.ownerUrl, postgres.ownerUrl)],
    ['another database', () => migrate(postgres.ownerUrl, postgres.appUrl.replace(/\w+$/, 'other'))],
    ['no address', () => migrate('somewhere', postgres.appUrl)],
    ['a short password', () => migrate(postgres.ownerUrl, 'postgresql://sotto_app:short@127.0.0.1/sotto')],
  ])('refuses %s', async (_, run) => {
    await expect(run()).rejects.toMatchObject({ code: 'start' });
  });

  it('refuses a database that another version made', async () => {
    await asOwner("update clinic.schema_migration set sha256 = repeat('0', 64)");
    await expect(migrate(postgres.ownerUrl, postgres.appUrl)).rejects.toMatchObject({ code: 'start' });
    await expect(isMigrated()).rejects.toThrow(/run the migration first/);
  });
});

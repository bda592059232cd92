import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { startTemporaryServer } from '../postgres/temporaryServer.ts';
import { migrate, migrateKeystore } from '../start/clinicDatabase.ts';
import { dataClasses, type MappedDatabase, readDataMap } from './dataMap.ts';

const repository = join(import.meta.dirname, '../..');

interface Column {
  readonly name: string;
  readonly type: string;
}

/** The columns of a database as its service's migrations make it. */
async function columnsOf(database: MappedDatabase): Promise<Column[]> {
  const postgres = await startTemporaryServer();
  const folder = mkdtempSync(join(tmpdir(), 'sotto-data-map-'));
  const role = (name: string, url: string) => {
    writeFileSync(join(folder, name), url, { mode: 0o600 });
    return { name, password: '', urlFile: join(folder, name) };
  };
  const roles = {
    ...{ owner: role('owner', postgres.ownerUrl), app: role('app', postgres.appUrl) },
    superuserPassword: '',
  };
  const [onLog, signal] = [() => undefined, AbortSignal.timeout(120_000)] as const;
  const client = new Client(postgres.ownerUrl);
  try {
    if (database === 'Clinic database') await migrate({ repository, roles }, onLog, signal);
    else await migrateKeystore({ repository, keystore: { roles } }, onLog, signal);
    await client.connect();
    const { rows } = await client.query<Column>(
      `select table_schema || '.' || table_name || '.' || column_name as name, data_type as type
         from information_schema.columns
        where table_schema not in ('information_schema', 'pg_catalog') order by 1`,
    );
    return rows;
  } finally {
    await client.end();
    await postgres.remove();
    rmSync(folder, { recursive: true });
  }
}

describe.each(['Clinic database', 'Key database'] as const)('the map of the %s', (database) => {
  it('has each column once, and nothing else; what is PHI is bytes', async () => {
    const map = readDataMap(database);
    const columns = await columnsOf(database);
    const names = map.map(({ table, column }) => `${table}.${column}`);
    expect([...names].sort()).toEqual(columns.map(({ name }) => name).sort());
    const typeOf = new Map(columns.map(({ name, type }) => [name, type]));
    for (const { table, column, dataClass, key } of map) {
      expect(dataClasses).toContain(dataClass);
      if (dataClass !== 'PHI') continue;
      expect([`${table}.${column}`, typeOf.get(`${table}.${column}`), /field key|object key/.test(key)]).toEqual([
        `${table}.${column}`,
        'bytea',
        true,
      ]);
    }
  });
});

describe('a reading of the map', () => {
  const text = ['# Map', '', '## Clinic database', '', '| table | columns | class |', '|---|---|---|'].join('\n');
  const row = (line: string) =>
    readDataMap('Clinic database', `${text}\n${line}\n\n## Key database\n| \`k.t\` | \`c\` | PHI | |`);

  it('takes each column of a row, and none of another section', () => {
    expect(row('| `clinic.a` | `b`, `c` | PHI | field key | ever |')).toEqual(
      ['b', 'c'].map((column) => ({ table: 'clinic.a', column, dataClass: 'PHI', key: 'field key' })),
    );
    expect(row('Words about `clinic.a`.')).toEqual([]);
  });
});

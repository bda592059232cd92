import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { RunningSystem } from './runningSystem.ts';

type Database = 'database' | 'keystore-database';

/** What the database's own administrator can do: read every row, and change it. */
export async function asAdministrator<T>(
  system: RunningSystem,
  database: Database,
  act: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const url = readFileSync(join(system.dataFolder, database, 'sotto_owner.url'), 'utf8').trim();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await act(client);
  } finally {
    await client.end();
  }
}

/** Every row of every table of ours, as text; bytes as they are and in hexadecimal. */
export const everyRow = (system: RunningSystem, database: Database): Promise<string> =>
  asAdministrator(system, database, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
        where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      texts.push(name, ...rows.map(({ row }) => row));
    }
    return texts.join('\n');
  });

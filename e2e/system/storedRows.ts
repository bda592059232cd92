import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { RunningSystem } from './runningSystem.ts';

/** By the folders of their addresses. */
export const databases = ['database', 'keystore-database'] as const;
type Database = (typeof databases)[number];

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

/** One column of a table: its name, and its values as text, octets in hexadecimal. */
interface StoredColumn {
  readonly place: string;
  readonly text: string;
}

/** Every value of every table of ours, column by column. */
export const storedColumns = (system: RunningSystem, database: Database): Promise<StoredColumn[]> =>
  asAdministrator(system, database, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
        where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
    );
    const columns = new Map<string, string[]>();
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: Record<string, unknown> }>(`select to_jsonb(t) as row from ${name} t`);
      for (const [column, value] of rows.flatMap(({ row }) => Object.entries(row))) {
        const place = `${name}.${column}`;
        const texts = columns.get(place) ?? [];
        texts.push(typeof value === 'string' ? value : JSON.stringify(value));
        columns.set(place, texts);
      }
    }
    return [...columns].map(([place, texts]) => ({ place, text: texts.join('\n') }));
  });

/** The same as one text. */
export async function everyRow(system: RunningSystem, database: Database): Promise<string> {
  const columns = await storedColumns(system, database);
  return columns.map(({ place, text }) => `${place}\n${text}`).join('\n');
}

import { readFileSync } from 'node:fs';

/** What kind of data something is, as `infra/docs/data-map.md` explains. */
export const dataClasses = ['PHI', 'pseudonym', 'staff', 'secret', 'operational'] as const;
export type DataClass = (typeof dataClasses)[number];

/** Databases that the map has a section of, by its heading. */
export type MappedDatabase = 'Clinic database' | 'Key database';

export interface MappedColumn {
  readonly table: string;
  readonly column: string;
  readonly dataClass: string;
  readonly key: string;
}

const page = new URL('../docs/data-map.md', import.meta.url);

/** The names between backticks. */
const quoted = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

/** Every column that a section of the map has, in its order; one that stands there twice comes twice. */
export function readDataMap(database: MappedDatabase, text = readFileSync(page, 'utf8')): MappedColumn[] {
  const [, section = ''] = text.split(`\n## ${database}\n`);
  const [own = ''] = section.split('\n## ');
  return own.split('\n').flatMap((line) => {
    const [, table = '', columns = '', dataClass = '', key = ''] = line.split('|').map((cell) => cell.trim());
    const [name] = quoted(table);
    return name === undefined ? [] : quoted(columns).map((column) => ({ table: name, column, dataClass, key }));
  });
}

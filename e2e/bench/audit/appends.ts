import { randomBytes } from 'node:crypto';
import { type EntryDraft, encodeEntry } from '@sotto/audit';
import type pg from 'pg';
import { type BenchDatabase, drafts } from './benchDatabase.ts';

/** Rows a second of one round: into the log, and such rows into a plain table, in two ways. */
export interface AppendRound {
  readonly log: number;
  readonly plain: number;
  readonly packed: number;
}

const rowsARound = 16_384;

const speed = async (rows: number, work: () => Promise<void>): Promise<number> => {
  const started = performance.now();
  await work();
  return (rows * 1000) / (performance.now() - started);
};

interface Row {
  readonly index: number;
  readonly salt: Buffer;
  readonly canonical: Buffer;
  readonly draft: EntryDraft;
}

/** What the log would store, made before the clock runs: the plain table's part is only to take it. */
const rowsOf = (acts: readonly EntryDraft[], first: number): Row[] =>
  acts.map((draft, i) => {
    const id = randomBytes(16).toString('base64url');
    const chain = { patientSequence: 2, patientPrevious: randomBytes(32).toString('base64url') };
    const canonical = Buffer.from(encodeEntry({ v: 1, id, ...draft, ...chain }));
    return { index: first + i, salt: randomBytes(32), canonical, draft };
  });

/** As it is usually done: one statement with an array a column. */
const insertPlain = async (pool: pg.Pool, rows: readonly Row[]): Promise<void> => {
  await pool.query(
    `INSERT INTO plain.entry (index, salt, canonical, time, actor, patient, action, resource)
     SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
       $8::text[])`,
    [
      rows.map(({ index }) => index),
      rows.map(({ salt }) => salt),
      rows.map(({ canonical }) => canonical),
      rows.map(({ draft }) => draft.time),
      rows.map(({ draft }) => draft.actor),
      rows.map(({ draft }) => draft.patient),
      rows.map(({ draft }) => draft.action),
      rows.map(({ draft }) => draft.resource),
    ],
  );
};

const words = (rows: readonly Row[], pick: (draft: EntryDraft) => string | null): string =>
  rows.map(({ draft }) => pick(draft) ?? '').join(' ');

/** As the log does it, without the log: what is left between the two is what the log itself costs. */
const insertPacked = async (pool: pg.Pool, rows: readonly Row[]): Promise<void> => {
  let end = 0;
  const ends = rows.map(({ canonical }) => {
    end += 32 + canonical.length;
    return end;
  });
  await pool.query(
    `INSERT INTO plain.entry (index, salt, canonical, time, actor, patient, action, resource)
     SELECT $1::bigint + at - 1, substr(contents, begin + 1, 32), substr(contents, begin + 33, stop - begin - 32),
       time::timestamptz, actor, nullif(patient, ''), action, resource
     FROM (SELECT $2::bytea) AS batch (contents), unnest($3::int[], $4::int[], string_to_array($5, ' '),
       string_to_array($6, ' '), string_to_array($7, ' '), string_to_array($8, ' '), string_to_array($9, ' '))
       WITH ORDINALITY AS act (begin, stop, time, actor, patient, action, resource, at)`,
    [
      rows[0]?.index,
      Buffer.concat(rows.flatMap(({ salt, canonical }) => [salt, canonical])),
      `{${[0, ...ends.slice(0, -1)].join(',')}}`,
      `{${ends.join(',')}}`,
      words(rows, ({ time }) => time),
      words(rows, ({ actor }) => actor),
      words(rows, ({ patient }) => patient),
      words(rows, ({ action }) => action),
      words(rows, ({ resource }) => resource),
    ],
  );
};

const slices = <T>(all: readonly T[], length: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / length) }, (_, i) => all.slice(i * length, (i + 1) * length));

/**
 * Batch after batch over one connection, the log and the plain table in turns.
 *
 * @param writers how many append at once
 */
export const measureAppends = async (
  bench: BenchDatabase,
  batch: number,
  writers: number,
  rounds: number,
): Promise<AppendRound[]> => {
  await bench.empty();
  const measured: AppendRound[] = [];
  // The first round warms up.
  for (let round = -1; round < rounds; round += 1) {
    const first = (round + 1) * rowsARound;
    const acts = drafts(rowsARound, first);
    const insert = async (way: typeof insertPlain, from: number): Promise<number> => {
      const all = slices(rowsOf(acts, from), batch);
      return speed(rowsARound, async () => {
        for (const rows of all) await way(bench.pool, rows);
      });
    };
    const plain = await insert(insertPlain, 2 * first);
    const packed = await insert(insertPacked, 2 * first + rowsARound);
    const batches = slices(acts, batch);
    const log = await speed(rowsARound, async () => {
      const waiting = batches.values();
      const writer = async (): Promise<void> => {
        for (const each of waiting) await bench.log.append(each);
      };
      await Promise.all(Array.from({ length: writers }, writer));
    });
    if (round >= 0) measured.push({ log, plain, packed });
  }
  return measured;
};

/** Many writers that append one entry each and wait for it, as services do. */
export const measureWriters = async (bench: BenchDatabase, writers: number, rounds: number): Promise<number[]> => {
  await bench.empty();
  const measured: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const acts = slices(drafts(rowsARound, (round + 1) * rowsARound), rowsARound / writers);
    const rate = await speed(rowsARound, async () => {
      await Promise.all(
        acts.map(async (own) => {
          for (const act of own) await bench.log.append([act]);
        }),
      );
    });
    if (round >= 0) measured.push(rate);
  }
  return measured;
};

import { randomBytes } from 'node:crypto';
import { type EntryDraft, encodeEntry } from '@sotto/audit';
import type pg from 'pg';
import { type BenchDatabase, drafts } from './benchDatabase.ts';

/** Rows a second of one round: into the log, and the same rows into a plain table. */
export interface AppendRound {
  readonly log: number;
  readonly plain: number;
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

/** As the log writes them, bytes as one parameter, so that what is compared is the log and not the transport. */
const insertPlain = async (pool: pg.Pool, rows: readonly Row[]): Promise<void> => {
  let sum = 0;
  await pool.query(
    `INSERT INTO plain.entry (index, salt, canonical, time, actor, patient, action, resource)
     SELECT $1::bigint + at - 1, substr($2::bytea, (at::int - 1) * 32 + 1, 32),
       substr($3::bytea, stop - length + 1, length), time, actor, patient, action, resource
     FROM unnest($9::int[], $10::int[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[])
       WITH ORDINALITY AS act (length, stop, time, actor, patient, action, resource, at)`,
    [
      rows[0]?.index,
      Buffer.concat(rows.map(({ salt }) => salt)),
      Buffer.concat(rows.map(({ canonical }) => canonical)),
      rows.map(({ draft }) => draft.time),
      rows.map(({ draft }) => draft.actor),
      rows.map(({ draft }) => draft.patient),
      rows.map(({ draft }) => draft.action),
      rows.map(({ draft }) => draft.resource),
      rows.map(({ canonical }) => canonical.length),
      rows.map(({ canonical }) => {
        sum += canonical.length;
        return sum;
      }),
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
    const plainBatches = slices(rowsOf(acts, first), batch);
    const plain = await speed(rowsARound, async () => {
      for (const rows of plainBatches) await insertPlain(bench.pool, rows);
    });
    const batches = slices(acts, batch);
    const log = await speed(rowsARound, async () => {
      const waiting = batches.values();
      const writer = async (): Promise<void> => {
        for (const each of waiting) await bench.log.append(each);
      };
      await Promise.all(Array.from({ length: writers }, writer));
    });
    if (round >= 0) measured.push({ log, plain });
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

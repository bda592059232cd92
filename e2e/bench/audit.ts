import { percentile } from '../clip/latency.ts';
import { type AppendRound, measureAppends, measureWriters } from './audit/appends.ts';
import { BenchDatabase } from './audit/benchDatabase.ts';
import { measureBigLog } from './audit/bigLog.ts';
import { measureProvability } from './audit/provable.ts';
import { printFigure } from './figure.ts';

/** What the log costs: against plain inserts of the same rows, until an entry is provable, in bytes, to verify. */
const bench = 'audit';
const rounds = 9;
const bigLog = 1_000_000;

const say = (words: string): void => console.error(words);
const median = (values: readonly number[]): number => percentile(values, 0.5);

const printAppends = (batch: number, writers: number, measured: readonly AppendRound[]): void => {
  const n = measured.length;
  const unit = 'entries/s';
  const of = `batches of ${batch}`;
  const log = median(measured.map((round) => round.log));
  // Of each round's neighbours in time: the machine's own moods are in all of them.
  const ratioTo = (way: 'plain' | 'packed'): number => median(measured.map((round) => round.log / round[way]));
  for (const [way, name] of [
    ['plain', 'plain inserts of the same rows'],
    ['packed', "the log's own statement without the log"],
  ] as const) {
    printFigure({ bench, metric: `${name}, ${of}`, unit, n, p50: median(measured.map((round) => round[way])) });
    printFigure({
      bench,
      metric: `appends, ${of}, ${writers} at once, against ${name}`,
      unit,
      n,
      p50: log,
      ratio: ratioTo(way),
      ...(way === 'plain' ? { goal: '> 1587, ratio >= 0.8' } : {}),
    });
  }
};

const database = await BenchDatabase.start();
try {
  for (const [batch, writers] of [
    [1024, 3],
    [1024, 1],
    [100, 1],
  ] as const) {
    say(`appending in batches of ${batch}, ${writers} at once`);
    printAppends(batch, writers, await measureAppends(database, batch, writers, rounds));
  }
  say('appending one by one');
  const writers = 64;
  const rates = await measureWriters(database, writers, rounds);
  printFigure({
    bench,
    metric: `appends of one entry each by ${writers} writers at once`,
    unit: 'entries/s',
    n: rates.length,
    p50: median(rates),
    goal: '> 1587',
  });

  say('waiting for proofs');
  const { times, load } = await measureProvability(database, 300);
  printFigure({ bench, metric: 'entries that others append meanwhile', unit: 'entries/s', value: load });
  printFigure({
    bench,
    metric: 'append to provable, checkpoint cosigned, p99',
    unit: 'ms',
    n: times.length,
    p50: median(times),
    p95: percentile(times, 0.95),
    value: percentile(times, 0.99),
    goal: 'p99 <= 500',
  });

  const big = await measureBigLog(database, bigLog, say);
  const of = `of ${big.entries} entries`;
  for (const [metric, values, goal] of [
    ['hashes of an inclusion proof', big.hashBytes, 'max <= 700'],
    ['hashes of an inclusion proof as JSON', big.listCharacters, undefined],
    ['proof with entry and checkpoint as JSON', big.lineBytes, undefined],
  ] as const) {
    printFigure({
      bench,
      metric: `${metric}, log ${of}, max`,
      unit: 'bytes',
      n: values.length,
      p50: median(values),
      value: Math.max(...values),
      ...(goal === undefined ? {} : { goal }),
    });
  }
  printFigure({
    bench,
    metric: `making a proof, log ${of}`,
    unit: 'ms',
    n: big.provingTimes.length,
    p50: median(big.provingTimes),
    p95: percentile(big.provingTimes, 0.95),
  });
  printFigure({
    bench,
    metric: 'verify in memory, one thread',
    unit: 'entries/s',
    n: big.verifiedInMemory.length,
    p50: median(big.verifiedInMemory),
  });
  const command = 'npx sotto audit verify over';
  const unit = 'entries/s';
  const goal = '>= 200000';
  const { verifiedExport } = big;
  const [n, p50] = [verifiedExport.length, median(verifiedExport)];
  printFigure({ bench, metric: `${command} an export ${of}`, unit, n, p50, goal });
  printFigure({ bench, metric: `${command} a database ${of}`, unit, n: 1, value: big.verifiedDatabase });
} finally {
  await database.stop();
}

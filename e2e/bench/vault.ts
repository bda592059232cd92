import { join } from 'node:path';
import { percentile } from '../clip/latency.ts';
import { printFigure } from './figure.ts';
import { measureBigObject } from './vault/bigObject.ts';
import { measureInChromium } from './vault/chromium.ts';
import { measureThroughput, type Round } from './vault/throughput.ts';

/** What sealed objects cost: against bare WebCrypto, in reads of single bytes, in memory. */
const bench = 'vault';
const rounds = 25;

const say = (words: string): void => console.error(words);

const printSpeed = (platform: string, measured: readonly Round[]): void => {
  for (const [metric, ours, bare] of [
    ['seal', measured.map(({ seal }) => seal), measured.map(({ bareSeal }) => bareSeal)],
    ['open', measured.map(({ open }) => open), measured.map(({ bareOpen }) => bareOpen)],
  ] as const) {
    const n = measured.length;
    const unit = 'MB/s';
    // Of each round's two neighbours in time: the machine's own moods are in both.
    const ratio = percentile(
      ours.map((speed, round) => speed / (bare[round] ?? speed)),
      0.5,
    );
    printFigure({ bench, metric: `bare WebCrypto ${metric}, ${platform}`, unit, n, p50: percentile(bare, 0.5) });
    printFigure({
      bench,
      metric: `${metric}, ${platform}, against bare WebCrypto on the same 4 KiB pieces`,
      unit,
      n,
      p50: percentile(ours, 0.5),
      ratio,
      goal: 'ratio >= 0.8',
    });
  }
};

const { retainedHeapGrowth, times, asked, openTime, openAsked } = await measureBigObject(say);
printFigure({
  bench,
  metric: 'growth of the retained heap (after collection) while sealing 1 GiB',
  unit: 'MiB',
  value: retainedHeapGrowth,
  goal: '<= 8',
});
printFigure({ bench, metric: 'opening a 1 GiB object, time', unit: 'ms', n: 1, value: openTime });
printFigure({ bench, metric: 'opening a 1 GiB object, bytes asked for', unit: 'bytes', n: 1, value: openAsked });
printFigure({
  bench,
  metric: 'random 1-byte read in a 1 GiB object, time',
  unit: 'ms',
  n: times.length,
  p50: percentile(times, 0.5),
  p95: percentile(times, 0.95),
});
printFigure({
  bench,
  metric: 'random 1-byte read in a 1 GiB object, bytes asked for',
  unit: 'bytes',
  n: asked.length,
  p50: percentile(asked, 0.5),
  p95: percentile(asked, 0.95),
});
say('Node against bare WebCrypto');
printSpeed('Node', await measureThroughput(rounds));
say('Chromium against bare WebCrypto');
const program = join(import.meta.dirname, 'vault', 'throughput.ts');
printSpeed('Chromium', await measureInChromium<Round[]>(program, 'measureThroughput', rounds));

import { join } from 'node:path';
import { percentile } from '../clip/latency.ts';
import { printFigure } from './figure.ts';
import { costOfFrame, measureCall, type Round, type Stretch } from './recording/callCost.ts';
import { measureHour } from './recording/hour.ts';
import { medianInterval } from './recording/interval.ts';
import type { PathRound } from './recording/pathRate.ts';
import { measureSeeks, type SeekPair } from './recording/seeking.ts';
import { measureUploads, type UploadRates } from './recording/upload.ts';
import { measureInChromium } from './vault/chromium.ts';

/** What recording costs the call and its browser, and what sealing costs storing and playing. */
const bench = 'recording';
const callRounds = 8;
const pathRounds = 15;
const seekBlocks = 6;

const say = (words: string): void => console.error(words);
const median = (values: readonly number[]): number => percentile(values, 0.5);

function printCall(rounds: readonly Round[]): void {
  const n = rounds.length;
  for (const [what, arm, goal] of [
    ['recording', 'recorder', 'ratio <= 1.10'],
    ['recorded by MediaRecorder instead', 'mediaRecorder', undefined],
    ['not recorded, against itself', 'again', undefined],
  ] as const) {
    for (const [of, unit, value] of [
      ['processor of the physician’s browser', 'cores', ({ cores }: Stretch) => cores],
      ['the same for a frame shown', 's', costOfFrame],
      ['frames a second', 'fps', ({ framesPerSecond }: Stretch) => framesPerSecond],
    ] as const) {
      // Of each round's neighbours in time, and of the mean of the stretches that nothing was recorded in.
      const ratios = rounds.map((round) => {
        const plain = arm === 'again' ? value(round.plain) : (value(round.plain) + value(round.again)) / 2;
        return value(round[arm]) / plain;
      });
      const { low, high } = medianInterval(ratios);
      const p50 = median(rounds.map((round) => value(round[arm])));
      const limit = goal === undefined || unit === 'fps' ? {} : { goal };
      printFigure({ bench, metric: `${of}, ${what}`, unit, n, p50, ratio: median(ratios), low, high, ...limit });
    }
  }
}

function printPath(rounds: readonly PathRound[]): void {
  for (const [what, ours, bare] of [
    ['frames to sealed parts', 'seal', 'bareSeal'],
    ['sealed parts to the played file', 'open', 'bareOpen'],
  ] as const) {
    const n = rounds.length;
    const ratio = median(rounds.map((round) => round[ours] / round[bare]));
    const unit = 'MB/s';
    printFigure({
      bench,
      metric: `${what}, Chromium`,
      unit,
      n,
      p50: median(rounds.map((round) => round[ours])),
      ratio,
    });
    const metric = `bare WebCrypto on as many octets (${ours})`;
    printFigure({ bench, metric, unit, n, p50: median(rounds.map((round) => round[bare])) });
  }
}

function printSeeks(line: string, pairs: readonly SeekPair[]): void {
  const n = pairs.length;
  const of = (way: keyof SeekPair, key: keyof SeekPair['sealed']) => pairs.map((pair) => pair[way][key]);
  for (const [share, goal] of [
    [0.5, 'ratio <= 1.3'],
    [0.95, 'ratio <= 1.3'],
  ] as const) {
    const [sealed, clear] = [percentile(of('sealed', 'ms'), share), percentile(of('clear', 'ms'), share)];
    const metric = `seek, sealed, against the file in the clear (${clear.toFixed(0)} ms), p${share * 100}, ${line}`;
    printFigure({ bench, metric, unit: 'ms', n, value: sealed, ratio: sealed / clear, goal });
  }
  for (const [what, key] of [
    ['until the picture shows', 'octets'],
    ['in all', 'all'],
  ] as const) {
    for (const way of ['sealed', 'clear'] as const) {
      const octets = of(way, key);
      const [p50, p95] = [median(octets), percentile(octets, 0.95)];
      printFigure({ bench, metric: `fetched a seek ${what}, ${way}, ${line}`, unit: 'bytes', n, p50, p95 });
    }
  }
}

function printUploads(found: readonly UploadRates[]): void {
  const compared = { gateway: 'plain SDK', folder: 'plain write and fsync' } as const;
  for (const { where, way, length, rates } of found) {
    const base = found.find((one) => one.where === where && one.length === length && one.way === compared[where]);
    const ratio = median(rates.map((rate, round) => rate / (base?.rates[round] ?? rate)));
    const metric = `parts of ${length} bytes to the ${where}, ${way}, against ${compared[where]}`;
    printFigure({ bench, metric, unit: 'MB/s', n: rates.length, p50: median(rates) / 1e6, ratio });
  }
}

/** One figure each, in the order in which they are measured when none is named. */
const measurements: Readonly<Record<string, () => Promise<void>>> = {
  storing: async () => printUploads(await measureUploads()),
  path: async () => {
    const program = join(import.meta.dirname, 'recording', 'pathRate.ts');
    printPath(await measureInChromium<PathRound[]>(program, 'measurePath', pathRounds));
  },
  seeking: async () => {
    for (const [line, pairs] of await measureSeeks(seekBlocks, say)) printSeeks(line, pairs);
  },
  hour: async () => {
    const { heaps, parts } = await measureHour(say);
    const value = Math.max(...heaps) - (heaps[0] ?? 0);
    const metric = `growth of the recorder’s heap over an hour of two, ${parts} parts`;
    printFigure({ bench, metric, unit: 'MiB', n: heaps.length, p50: median(heaps), value, goal: '<= 16' });
  },
  call: async () => printCall(await measureCall(callRounds, say)),
};

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !Object.hasOwn(measurements, name));
if (unknown === undefined) {
  for (const [name, measure] of Object.entries(measurements)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    say(name);
    await measure();
  }
} else {
  console.error(`Say which: npm run bench -- recording ${Object.keys(measurements).join(' | ')}`);
  process.exitCode = 2;
}

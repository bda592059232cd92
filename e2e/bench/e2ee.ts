import { percentile } from '../clip/latency.ts';
import { BenchPage, weighPackage } from './e2ee/chromium.ts';
import type { FrameTimes, Times } from './e2ee/frameTimes.ts';
import type { e2eeBench } from './e2ee/page.ts';
import { printFigure } from './figure.ts';

/** What the call's encryption costs: a frame, a member, a removal, the script that does it. All in Chromium. */
const bench = 'e2ee';
const blocks = 150;
const rounds = 10;
const sizes = [
  ['150 B of sound', 150, 'audio'],
  ['1.2 KB of picture', 1_200, 'video'],
  ['10 KB of picture', 10_000, 'video'],
  ['60 KB of picture', 60_000, 'video'],
] as const;
type BenchGlobal = typeof globalThis & { e2eeBench: typeof e2eeBench };

const say = (words: string): void => console.error(words);

function printFrames(what: string, times: FrameTimes): void {
  for (const [metric, ours, bare] of [
    ['seal', times.seal, times.bareSeal],
    ['open', times.open, times.bareOpen],
  ] as const) {
    const all = { bench, unit: 'µs', n: ours.each.length };
    const of = ({ mean, each }: Times) => ({ p50: percentile(mean, 0.5) * 1_000, p99: percentile(each, 0.99) * 1_000 });
    // Of each block's neighbours in time: the machine's own moods are in both.
    const ratio = percentile(
      ours.mean.map((time, block) => time / (bare.mean[block] ?? time)),
      0.5,
    );
    printFigure({ ...all, metric: `bare WebCrypto ${metric}, ${what}`, ...of(bare) });
    const against = `${metric}, ${what}, against bare WebCrypto in turns`;
    printFigure({ ...all, metric: against, ...of(ours), ratio, goal: 'ratio <= 1.3' });
  }
}

await using opened = await BenchPage.open();
const { page } = opened;
for (const [what, octets, kind] of sizes) {
  say(what);
  const times = await page.evaluate((request) => (globalThis as BenchGlobal).e2eeBench.measureFrames(request), {
    octets,
    kind,
    blocks,
  });
  printFrames(what, times);
  if (kind !== 'audio') continue;
  const metric = 'added to an Opus frame, the media time of 4 included';
  printFigure({ bench, metric, unit: 'bytes', value: times.added, goal: '<= 28' });
  // RFC 9605 has shorter tags for AES-CTR with HMAC alone (section 4.5); a forgery then passes once in 2^64 tries.
  printFigure({ bench, metric: `${metric}; with a tag of 8 instead of 16`, unit: 'bytes', value: times.added - 8 });
}
for (const size of [2, 5, 20]) {
  say(`${size} members`);
  const times = await page.evaluate(
    ([members, count]) => (globalThis as BenchGlobal).e2eeBench.measureMembership(members, count),
    [size, rounds] as const,
  );
  for (const [step, measured] of Object.entries(times) as [keyof typeof times, number[]][]) {
    const figure = { bench, metric: `${step}, ${size} members`, unit: 'ms', n: measured.length };
    printFigure({ ...figure, p50: percentile(measured, 0.5), p95: percentile(measured, 0.95) });
  }
}
say('removal');
const removals: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  removals.push(await page.evaluate(() => (globalThis as BenchGlobal).e2eeBench.measureRemoval()));
}
printFigure({
  bench,
  metric: 'removal at the sender to the last frame that the leaver could open',
  unit: 'ms',
  n: removals.length,
  p50: percentile(removals, 0.5),
  p95: percentile(removals, 0.95),
  goal: 'p95 <= 500',
});
const { page: own, worker } = await weighPackage();
printFigure({
  bench,
  metric: 'scripts of the page’s side (gzip; npm run size has the whole page)',
  unit: 'bytes',
  value: own,
});
printFigure({ bench, metric: 'script of the worker (gzip)', unit: 'bytes', value: worker });

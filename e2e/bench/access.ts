import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import * as z from 'zod';
import { percentile } from '../clip/latency.ts';
import { printFigure } from './figure.ts';

/** What it costs to decide, and to record, before a route tells something of a patient. */
const bench = 'access';
const program = join(import.meta.dirname, '..', '..', 'apps', 'api', 'test', 'benchProcess.ts');

const times = z.array(z.number()).min(1);
const measured = z.discriminatedUnion('what', [
  z.strictObject({ what: z.literal('decisions'), times }),
  z.strictObject({
    what: z.literal('round'),
    way: z.enum(['in the process', 'over TLS']),
    callers: z.int(),
    times: z.strictObject({ recorded: times, authorised: times, bare: times, bareAgain: times }),
    /** Statements that the database was sent for a request. */
    queries: z.strictObject({ recorded: z.number(), authorised: z.number(), bare: z.number(), bareAgain: z.number() }),
  }),
]);
type Round = Extract<z.infer<typeof measured>, { what: 'round' }>;
type Arm = keyof Round['times'];

const names = {
  recorded: 'a visit is read: authorised, read, recorded',
  authorised: 'the same, not recorded',
  bareAgain: 'the same route bare, a second time (null)',
} as const satisfies Partial<Record<Arm, string>>;
const median = (values: readonly number[]): number => percentile(values, 0.5);

/** A median of few values, and between which it lies 95 times of 100, by drawing them anew. */
function medianWithin(values: readonly number[]): { ratio: number; low: number; high: number } {
  const drawn = Array.from({ length: 2000 }, () =>
    median(values.map(() => values[Math.floor(Math.random() * values.length)] ?? 0)),
  );
  return { ratio: median(values), low: percentile(drawn, 0.025), high: percentile(drawn, 0.975) };
}

/** Of each round's neighbours in time: the machine's own moods are in all of them. */
function printRounds(where: string, rounds: readonly Round[]): void {
  const all = (arm: Arm) => rounds.flatMap((round) => round.times[arm]);
  const print = (arm: Arm, metric: string, more: object) => {
    printFigure({
      ...{ bench, metric: `${metric}, ${where}`, unit: 'ms', n: all(arm).length },
      ...{ p50: median(all(arm)), p95: percentile(all(arm), 0.95), p99: percentile(all(arm), 0.99), ...more },
    });
    const value = median(rounds.map(({ queries }) => queries[arm]));
    printFigure({ bench, metric: `statements a request: ${metric}, ${where}`, unit: '', n: rounds.length, value });
  };
  print('bare', 'the route without either', {});
  for (const arm of ['bareAgain', 'authorised', 'recorded'] as const) {
    const ratios = rounds.map((round) => median(round.times[arm]) / median(round.times.bare));
    print(arm, names[arm], { ...medianWithin(ratios), ...(arm === 'recorded' ? { goal: 'ratio <= 1.5' } : {}) });
  }
}

const child = fork(program, [], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
const rounds = new Map<string, Round[]>();
child.on('message', (message) => {
  const one = measured.parse(message);
  if (one.what === 'round') {
    const where = `${one.way}, ${one.callers} at once`;
    rounds.set(where, [...(rounds.get(where) ?? []), one]);
    return;
  }
  const { times: each } = one;
  const perSecond = (1000 * each.length) / each.reduce((sum, time) => sum + time, 0);
  const spread = { p50: median(each), p95: percentile(each, 0.95), p99: percentile(each, 0.99) };
  printFigure({ bench, metric: 'decisions one after the other', unit: '1/s', n: each.length, value: perSecond });
  printFigure({ bench, metric: 'a decision', unit: 'ms', n: each.length, ...spread });
});
const [code] = (await once(child, 'exit')) as [number | null];
for (const [where, some] of rounds) printRounds(where, some);
process.exitCode = code ?? 1;

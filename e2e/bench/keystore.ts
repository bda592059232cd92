import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import * as z from 'zod';
import { percentile } from '../clip/latency.ts';
import { printFigure } from './figure.ts';

/** What a release costs with log, checkpoint, write-once copy and witness on, beside the unwrap that is part of it. */
const bench = 'keystore';
const program = join(import.meta.dirname, '..', '..', 'apps', 'keystore', 'test', 'benchProcess.ts');

const measured = z.strictObject({
  what: z.enum(['releases', 'unwraps']),
  master: z.enum(['software', 'pkcs11']),
  callers: z.int(),
  perSecond: z.number(),
  times: z.array(z.number()),
  cpu: z.number(),
});

const child = fork(program, [], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
/** Raw unwraps a second by the token, by how many asked at once. */
const raw = new Map<number, number>();
child.on('message', (message) => {
  const { what, master, callers, perSecond, times, cpu } = measured.parse(message);
  const n = times.length;
  const at = `${callers} at once`;
  if (what === 'unwraps') {
    if (master === 'pkcs11') raw.set(callers, perSecond);
    printFigure({ bench, metric: `unwraps by the ${master} master key, ${at}`, unit: '1/s', n, value: perSecond });
    return;
  }
  const unwraps = raw.get(callers) ?? Number.NaN;
  const ratio = perSecond / unwraps;
  const goal = callers === 8 ? { goal: 'ratio >= 0.5' } : {};
  printFigure({ bench, metric: `releases, ${at}, against unwraps`, unit: '1/s', n, value: perSecond, ratio, ...goal });
  printFigure({
    bench,
    metric: `unwraps in the time of one release, ${at}`,
    unit: 'unwraps',
    value: unwraps / perSecond,
  });
  printFigure({
    ...{ bench, metric: `a release, ${at}, p99`, unit: 'ms', n, goal: 'p99 <= 25' },
    ...{ p50: percentile(times, 0.5), p95: percentile(times, 0.95), value: percentile(times, 0.99) },
  });
  printFigure({ bench, metric: `the keystore's CPU for a release, ${at}`, unit: 'ms', n, value: cpu });
});
const [code] = (await once(child, 'exit')) as [number | null];
process.exitCode = code ?? 1;

import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { modes, plan } from './plan.ts';
import { runSteps } from './schedule.ts';
import type { Failure, Tally } from './tally.ts';

const repository = join(import.meta.dirname, '..', '..');
const reports = join(repository, 'reports');

/** A step that counts files says so more often than anybody reads. */
const detailEveryMs = 5000;
let lastDetail = Number.NEGATIVE_INFINITY;

/** The last lines of a reason: there a tool says what it found. */
const shownLines = 40;

const started = performance.now();
const elapsed = (): string => `${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s`;
const progress = (words: string): void => console.error(`${elapsed()}  ${words}`);

function counts({ passed, failed, skipped }: Tally): string {
  if (passed + failed + skipped === 0) return 'ready';
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

const mode = modes.find((name) => name === process.argv[2]);
if (mode === undefined) {
  console.error(`Say which tests: ${modes.join(', ')}.`);
  process.exit(2);
}

rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const tally = await runSteps(plan(mode, { repository, reports }), {
  slots: Math.max(2, Math.floor(availableParallelism() / 2)),
  onStart: (name) => progress(`${name} …`),
  onDetail: (name, detail) => {
    if (performance.now() - lastDetail < detailEveryMs) return;
    lastDetail = performance.now();
    progress(`${name}: ${detail}`);
  },
  onEnd: (name, result) => {
    progress(`${name}: ${counts(result)}`);
    for (const failure of result.failures) progress(`✗ ${failure.name}`);
  },
});

const late = 'passed at its second try only:';
const failed = '✗';

function list(mark: string, cases: readonly Failure[]): void {
  for (const { name, reason } of cases) {
    console.log(`\n${mark} ${name}\n${reason.trim().split('\n').slice(-shownLines).join('\n')}`);
  }
}

/** Once more by name alone: who keeps only the end of what was printed learns which they were. */
function listNames(mark: string, cases: readonly Failure[]): void {
  for (const { name } of cases) console.log(`${mark} ${name}`);
}

list(late, tally.late);
list(failed, tally.failures);
console.log('');
listNames(late, tally.late);
listNames(failed, tally.failures);
if (tally.skipped > 0) console.log(`\n${tally.skipped} skipped`);
console.log(`\nIn ${elapsed().trim()}:\n${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed > 0 || tally.passed === 0 ? 1 : 0;

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPlaywrightCases } from '../test-run/playwrightReport.ts';
import type { ReportedCase } from '../test-run/reportedCase.ts';
import { type Place, run } from '../test-run/runners.ts';
import type { Supplies } from '../test-run/step.ts';
import { readVitestCases } from '../test-run/vitestReport.ts';

/** Where an attack was played: on the system itself, or on this checkout's client among attackers of the test's own. */
export const stages = { installed: 'installed', laboratory: 'laboratory' } as const;
export type Stage = (typeof stages)[keyof typeof stages];

/** What came of one attack. */
export interface Attack {
  /** Who attacks, or what with. */
  readonly attacker: string;
  readonly what: string;
  readonly stage: Stage;
  readonly withstood: boolean;
  /** Why it wasn't; empty if it was. */
  readonly reason: string;
}

export interface AttackOptions {
  readonly place: Place;
  readonly supplies: Supplies;
  /** File with the ready line of the system to attack; without it a copy is started for the purpose. */
  readonly ready: string | undefined;
  /** Plays only attacks with these words in their names. */
  readonly only: string | undefined;
  /** Ends it early. */
  readonly signal: AbortSignal;
  /** Called after each attack in the browsers. */
  readonly onPlayed: () => void;
}

/** How Playwright's list begins a line about a test that has ended. */
const listed = /^\s+[✓✘]/u;

const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`);

/** Nothing that a runner can't account for counts as withstood. */
function attacksOf(code: number, read: () => readonly Attack[], failed: () => Attack): Attack[] {
  try {
    const attacks = [...read()];
    // It failed, and no case tells why: one may be missing.
    return code === 0 || attacks.some(({ withstood }) => !withstood) ? attacks : [...attacks, failed()];
  } catch {
    return [failed()];
  }
}

const attack = (stage: Stage, { group, title, passed, reason }: ReportedCase): Attack => ({
  attacker: group,
  what: title,
  stage,
  withstood: passed,
  reason,
});

/** Attacks on the system and by a media server of the test's own: the specs of e2e with these tags. */
export async function playInBrowsers(options: AttackOptions): Promise<Attack[]> {
  const { place, supplies, ready, only, signal } = options;
  const path = join(place.reports, 'playwright.json');
  const env = {
    ...supplies,
    SOTTO_REPORT: path,
    SOTTO_LONG: '0',
    ...(ready === undefined ? {} : { SOTTO_READY: ready }),
  };
  const tags = '(?=.*@(installed|laboratory))';
  const grep = only === undefined ? tags : `${tags}(?=.*${literal(only)})`;
  // Not where npm test keeps its own: a self-test may run meanwhile.
  const artifacts = ['--output', join(place.reports, 'artifacts')];
  const { code, output } = await run(
    place,
    ['playwright', 'test', '--pass-with-no-tests', '--grep', grep, ...artifacts],
    {
      folder: 'e2e',
      env,
      minutes: 30,
      signal,
      onLine: (line) => {
        if (listed.test(line)) options.onPlayed();
      },
    },
  );
  return attacksOf(
    code,
    () =>
      readPlaywrightCases(readFileSync(path, 'utf8')).map((one) =>
        attack(one.tags.includes(stages.installed) ? stages.installed : stages.laboratory, one),
      ),
    () => unplayed(stages.installed, 'the browser tests of e2e', output),
  );
}

/** What of this checkout's client is attacked without a system: tests of these folders whose files are called hostile. */
const laboratories = [
  { folder: 'packages/e2ee', report: 'worker.json' },
  { folder: 'apps/web', report: 'directory.json' },
] as const;

/** Attacks by hostile members, signaling and clinicians on the client's own encryption worker, and by its own directory. */
export async function playInLaboratory({ place, supplies, only, signal }: AttackOptions): Promise<Attack[]> {
  const attacks: Attack[] = [];
  for (const { folder, report } of laboratories) {
    const path = join(place.reports, report);
    const { code, output } = await run(
      place,
      [
        ...(['vitest', 'run', 'hostile', '--reporter=json', `--outputFile=${path}`] as const),
        ...(only === undefined ? [] : ['--testNamePattern', literal(only)]),
      ],
      { folder, env: supplies, minutes: 15, signal },
    );
    attacks.push(
      ...attacksOf(
        code,
        () => readVitestCases(readFileSync(path, 'utf8')).map((one) => attack(stages.laboratory, one)),
        () => unplayed(stages.laboratory, `the tests of ${folder}`, output),
      ),
    );
  }
  return attacks;
}

const unplayed = (stage: Stage, runner: string, output: string): Attack => ({
  attacker: 'the self-test',
  what: `could not play its attacks: ${runner} did not run to their end`,
  stage,
  withstood: false,
  reason: output,
});

import { ensureWorker } from '../worker/ensureWorker.ts';
import { ensureBrowser, ensureFirefox } from './browserSupply.ts';
import { type Place, runGuard, runPlaywright, runVitest } from './runners.ts';
import type { Step } from './step.ts';
import { workspaces } from './workspaces.ts';

/** `verify` is `test` without the end-to-end tests; `test:long` is only those that take long. */
export const modes = ['test', 'verify', 'test:long'] as const;
export type Mode = (typeof modes)[number];

const worker = 'media worker';
const browser = 'browser';
const firefox = 'Firefox';
const build = 'web build';

function guard(
  place: Place,
  name: string,
  command: readonly [string, ...string[]],
  needs: readonly string[] = [],
): Step {
  return { kind: 'check', name, needs, run: () => runGuard(place, name, command) };
}

/** Which supplies a workspace's tests need is told by what it depends on. */
function unitTests(place: Place): Step[] {
  return workspaces(place.repository)
    .filter(({ dependencies }) => dependencies.has('vitest'))
    .map(({ folder, dependencies }) => ({
      kind: 'check',
      name: `unit ${folder}`,
      needs: [
        ...(dependencies.has('mediasoup') ? [worker] : []),
        ...(dependencies.has('playwright') ? [browser] : []),
        ...(dependencies.has('@sotto/browsers') ? [browser, firefox] : []),
      ],
      run: (supplies) => runVitest(place, folder, supplies),
    }));
}

/** Every step of a mode, those that take longest first. */
export function plan(mode: Mode, place: Place): Step[] {
  const { repository } = place;
  const supply: Step[] = [
    {
      kind: 'preparation',
      name: worker,
      needs: [],
      run: async (_, report) => ({ MEDIASOUP_WORKER_BIN: await ensureWorker({ report }) }),
    },
    {
      kind: 'preparation',
      name: browser,
      needs: [],
      run: async (_, report) => ({ SOTTO_CHROMIUM: await ensureBrowser(repository, report) }),
    },
    {
      kind: 'preparation',
      name: firefox,
      needs: [],
      run: async (_, report) => ({ SOTTO_FIREFOX: await ensureFirefox(report) }),
    },
    guard(place, build, ['turbo', 'run', 'build', '--output-logs=errors-only']),
  ];
  const endToEnd: Step = {
    kind: 'check',
    name: 'e2e',
    needs: [worker, browser, build],
    alone: true,
    run: (supplies) => runPlaywright(place, supplies, mode === 'test:long'),
  };
  if (mode === 'test:long') return [...supply, endToEnd];
  const guards = [
    guard(place, 'types', ['turbo', 'run', 'types', '--output-logs=errors-only'], [build]),
    guard(place, 'lint', ['eslint', '--max-warnings', '0', '.'], [build]),
    guard(place, 'format', ['biome', 'check', '--error-on-warnings', '.']),
    guard(place, 'boundaries', ['depcruise', 'apps', 'packages', 'infra', 'e2e']),
    guard(place, 'unused code', ['knip', '--no-progress', '--treat-config-hints-as-errors']),
    guard(place, 'unused code in production', ['knip', '--no-progress', '--production', '--strict']),
    guard(place, 'client size', ['node', 'infra/guards/size.ts'], [build]),
  ];
  return [...supply, ...guards, ...unitTests(place), ...(mode === 'test' ? [endToEnd] : [])];
}

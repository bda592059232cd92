import { ensureFfmpeg } from '../ffmpeg/installation.ts';
import { ensureClient } from '../start/clientBuild.ts';
import { ensureWorker } from '../worker/ensureWorker.ts';
import { ensureBrowser, ensureFirefox } from './browserSupply.ts';
import { type EndToEnd, type Place, runGuard, runPlaywright, runVitest } from './runners.ts';
import type { Step } from './step.ts';
import { onePassed } from './tally.ts';
import { workspaces } from './workspaces.ts';

/** `verify` is `test` without the end-to-end tests; `test:long` is only those that take long. */
export const modes = ['test', 'verify', 'test:long'] as const;
export type Mode = (typeof modes)[number];

const worker = 'media worker';
const browser = 'browser';
const firefox = 'Firefox';
const ffmpeg = 'FFmpeg';
const build = 'web build';

/** A script of the root's package.json. */
const guard = (place: Place, name: string, needs: readonly string[] = []): Step => ({
  kind: 'check',
  name,
  needs,
  run: () => runGuard(place, name),
});

/** Its tests start the SFU as a process, which no dependency tells. */
const startsSfu = 'apps/signaling';

/** Which supplies a workspace's tests need is told by what it depends on, else by what they start. */
function unitTests(place: Place): Step[] {
  return workspaces(place.repository)
    .filter(({ isTested }) => isTested)
    .map(({ folder, dependencies }) => ({
      kind: 'check',
      name: `unit ${folder}`,
      needs: [
        ...(dependencies.has('mediasoup') || folder === startsSfu ? [worker] : []),
        ...(dependencies.has('playwright') ? [browser] : []),
        ...(dependencies.has('@sotto/browsers') ? [browser, firefox] : []),
      ],
      run: (supplies) => runVitest(place, folder, supplies),
    }));
}

/** Files that take minutes where they are told to, by what vitest gets: of those for every runtime, in Node. */
const longFiles = [
  { folder: 'apps/api', project: null, files: ['test/fuzz.test.ts', 'test/injection.test.ts'] },
  { folder: 'apps/keystore', project: null, files: ['test/million.test.ts'] },
  { folder: 'packages/audit', project: 'audit node', files: ['test/node/writers.test.ts'] },
  {
    folder: 'packages/vault',
    project: 'vault node',
    files: ['test/ranges.test.ts', 'test/roundTrip.test.ts', 'test/tampering.test.ts'],
  },
] as const;

/** One after the other, with nothing beside them: what they tell is how long it took. */
const longUnitTests = (place: Place): Step[] =>
  longFiles.map(({ folder, project, files }) => ({
    kind: 'check',
    name: ['long', ...files.map((file) => `${folder}/${file}`)].join(' '),
    needs: [],
    alone: true,
    run: (supplies) => runVitest(place, folder, supplies, [...(project ? ['--project', project] : []), ...files]),
  }));

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
    {
      kind: 'preparation',
      name: ffmpeg,
      needs: [],
      run: async () => {
        await ensureFfmpeg();
        return {};
      },
    },
    {
      kind: 'check',
      name: build,
      needs: [],
      run: async () => {
        await ensureClient(repository, () => undefined, new AbortController().signal);
        return onePassed;
      },
    },
  ];
  const endToEnd = (kind: EndToEnd | 'long'): Step => ({
    kind: 'check',
    name: `e2e ${kind}`,
    needs: [worker, browser, build, ...(kind === 'long' ? [] : [firefox, ffmpeg])],
    alone: true,
    run: (supplies) => runPlaywright(place, supplies, kind),
  });
  if (mode === 'test:long')
    return [
      ...supply.filter(({ name }) => name !== firefox && name !== ffmpeg),
      ...longUnitTests(place),
      endToEnd('long'),
    ];
  const guards = [
    // Next writes the types of a page's parameters while it builds.
    guard(place, 'types', [build]),
    guard(place, 'lint', [build]),
    guard(place, 'format'),
    guard(place, 'boundaries'),
    guard(place, 'unused'),
    guard(place, 'unused:production'),
    guard(place, 'size', [build]),
  ];
  return [...supply, ...guards, ...unitTests(place), ...(mode === 'test' ? [endToEnd('desk'), endToEnd('calls')] : [])];
}

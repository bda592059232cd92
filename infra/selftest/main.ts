import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { endWith } from '../process/endWith.ts';
import { lockHolder } from '../process/processLock.ts';
import { readOptions, textOption } from '../start/arguments.ts';
import { readyFile } from '../start/dataFolder.ts';
import { ensureBrowser } from '../test-run/browserSupply.ts';
import { ensureWorker } from '../worker/ensureWorker.ts';
import { playInBrowsers, playInLaboratory } from './attacks.ts';
import { isWithstood, resultTable } from './table.ts';

const repository = join(import.meta.dirname, '../..');

const help = `Usage: npm run selftest -- [options]

Plays what a hostile network, server, media server, member or false clinician could do, and prints what came of each attack.
Ends with status 0 if all were withstood. Takes about five minutes and makes visits named "Self-test …" in the demo clinic
of the system that runs on the data folder. If none runs there, a copy is started on other ports, with data of its own,
and removed afterwards.

  --data DIR     data folder of the npm start to test (default .sotto)
  --only WORDS   play only attacks with these words in their names
  --help         print this
`;

const sayEvery = 5;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** The ready line's file of a system that runs on a data folder, if one does. */
function running(folder: string): string | undefined {
  const file = readyFile(folder);
  return lockHolder(join(folder, 'lock')) !== undefined && existsSync(file) ? file : undefined;
}

async function play(folder: string, only: string | undefined, signal: AbortSignal): Promise<boolean> {
  const ready = running(folder);
  const target = ready === undefined ? 'a copy that was started for it' : `the system that runs on ${folder}`;
  say(`self-test: of ${target}`);
  const supplies = {
    MEDIASOUP_WORKER_BIN: await ensureWorker({ report: say, signal }),
    SOTTO_CHROMIUM: await ensureBrowser(repository, say),
  };
  const reports = mkdtempSync(join(tmpdir(), 'sotto-selftest-'));
  try {
    let played = 0;
    const onPlayed = (): void => {
      played += 1;
      if (played % sayEvery === 0) say(`self-test: ${played} attacks played there`);
    };
    const options = { place: { repository, reports }, supplies, ready, only, signal, onPlayed };
    say(
      'self-test: hostile members, false clinicians and a hostile signaling server against the client’s encryption …',
    );
    const inLaboratory = await playInLaboratory(options);
    say('self-test: a hostile network, signaling server and media server …');
    const attacks = [...(await playInBrowsers(options)), ...inLaboratory];
    process.stdout.write(resultTable(attacks, target));
    return isWithstood(attacks);
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

async function main(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const spec = { data: { type: 'string' }, only: { type: 'string' }, help: { type: 'boolean' } } as const;
  const options = readOptions(argv, spec, 'npm run selftest');
  if (options.has('help')) {
    process.stdout.write(help);
    return 0;
  }
  const [data, only] = [textOption(options, 'data'), textOption(options, 'only')];
  const from = process.env['INIT_CWD'] ?? process.cwd();
  const folder = data === undefined ? join(repository, '.sotto') : resolve(from, data);
  return (await play(folder, only, signal)) ? 0 : 1;
}

await endWith(main);

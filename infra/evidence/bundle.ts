import { createHash } from 'node:crypto';
import {
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, relative, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import { StartError } from '../errors.ts';
import { readIfThere } from '../files/atomicFile.ts';
import { runCommand } from '../process/command.ts';
import { settingsFiles } from '../start/dataFolder.ts';
import { lastWords } from '../start/lastWords.ts';
import { readSettings } from '../start/serviceSettings.ts';
import { clientFolder, inherited } from '../start/services.ts';

/** What is kept of an incident, and where. */
export interface EvidenceRequest {
  readonly repository: string;
  /** Data folder of the system that runs. */
  readonly data: string;
  readonly incident: string;
  /** Folder that isn't there yet. */
  readonly out: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

type Settings = Readonly<Record<string, string>>;

const readme = `Evidence of an incident, as it was kept by npm run evidence.

  manifest              which files these are, signed by the key of the platform's log
  incident.json         what the rules found and what was done, from the clinic's database; people by their ids
  logs/access.jsonl     the keystore's log: who opened what, with every checkpoint of it
  logs/platform.jsonl   the clinic's log: administration, and acts on patients' data
  keys/*                by what both logs, and the witness of both, are verified: compare them with those that you know
  settings/*.json       what the services were started with; what is secret is in none of them
  software.json         which program it was; client.txt: SHA-256 of each file that browsers were given

Check it, with the keys that you know and not those in here:

  npx sotto audit evidence FOLDER --check --log-key KEY-OF-THE-PLATFORM'S-LOG
  npx sotto audit verify --export FOLDER/logs/access.jsonl --log-key KEY --witness-key KEY --require-witness
  npx sotto audit verify --export FOLDER/logs/platform.jsonl --log-key KEY --witness-key KEY --require-witness

Entries newer than a log's last checkpoint are named as unknown to its witness: a log that is written all the time has some.

The platform's log has an entry "incident:evidence", made after this, with the SHA-256 of the manifest: it shows when.
`;

/**
 * Keeps what shows what happened: whole, signed for, and recorded, or not at all.
 *
 * @returns SHA-256 of the manifest, base64url
 * @throws StartError
 */
export async function keepEvidence(request: EvidenceRequest): Promise<string> {
  const { repository, data, incident, out, say } = request;
  const files = settingsFiles(data);
  const [api, keystore] = [readSettings(files.api, 'api'), readSettings(files.keystore, 'keystore')];
  const folder = `${out}.part`;
  const refused = new StartError(`${out} could not be made: name a folder that isn't there, in one that is.`);
  if (existsSync(out)) throw refused;
  try {
    for (const part of ['', 'logs', 'keys', 'settings']) mkdirSync(join(folder, part), { mode: 0o700 });
  } catch {
    throw refused;
  }
  try {
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600, flag: 'wx' });
    const runner =
      (settings: Settings) =>
      (program: string, ...args: string[]) =>
        run(request, join(repository, program), args, settings);
    const [ofApi, sotto] = [runner(api), runner({})];
    write('incident.json', await ofApi('apps/api/src/evidence.ts', 'show', incident));
    for (const [log, database, origin] of [
      ['access', keystore['KEYSTORE_DATABASE_URL_FILE'], keystore['KEYSTORE_LOG_NAME']],
      ['platform', api['API_DATABASE_URL_FILE'], api['API_LOG_NAME']],
    ] as const) {
      say(`evidence: the ${log} log`);
      const to = join(folder, 'logs', `${log}.jsonl`);
      const options = [...given('--database', database), ...given('--origin', origin), '--out', to];
      if (!(await exportCovered(to, () => sotto(cli, 'audit', 'export', ...options)))) {
        say(
          `evidence: the newest entries of the ${log} log are under no checkpoint: is its service up, and its witness?`,
        );
      }
    }
    for (const [name, from] of Object.entries(verifierFiles(data))) copyFileSync(from, join(folder, 'keys', name));
    write('settings/api.json', shown(api));
    write('settings/keystore.json', shown(keystore));
    write('software.json', `${JSON.stringify(await software(request), null, 2)}\n`);
    write('client.txt', listed(clientFolder(repository)));
    write('README', readme);
    const signing = [...given('--key', api['API_LOG_KEY_FILE']), ...given('--name', api['API_LOG_NAME'])];
    await sotto(cli, 'audit', 'evidence', folder, ...signing, '--about', `incident ${incident}`);
    const hash = sha256(readFileSync(join(folder, 'manifest')));
    await ofApi('apps/api/src/evidence.ts', 'record', incident, hash);
    renameSync(folder, out);
    return hash;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const cli = 'packages/cli/bin/sotto.mjs';

/** The api covers its log by a checkpoint twice a minute; the keystore at once. */
const coveredWithinMs = 75_000;
const lookEveryMs = 3_000;

/**
 * Exports a log until all of it is under a checkpoint, or time is up.
 *
 * @returns false if not even what it had at first is: then it is kept as it is
 */
async function exportCovered(file: string, exportLog: () => Promise<unknown>): Promise<boolean> {
  const giveUp = performance.now() + coveredWithinMs;
  let wanted: number | null = null;
  for (;;) {
    await exportLog();
    const { size, covered } = await readExport(file);
    wanted ??= size;
    if (covered >= size) return true;
    // Where something is recorded all the time, there is always an entry that is newer than the last checkpoint.
    if (performance.now() > giveUp) return covered >= wanted;
    rmSync(file);
    await setTimeout(lookEveryMs);
  }
}

const header = z.object({ size: z.int() });
const checkpoint = z.object({ checkpoint: z.string() });

/** How many entries an exported log has, and how many of them its newest checkpoint covers (packages/audit/SPEC.md section 7). */
async function readExport(file: string): Promise<{ size: number; covered: number }> {
  let size: number | null = null;
  let covered = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    size ??= header.parse(JSON.parse(line)).size;
    if (!line.startsWith('{"checkpoint"')) continue;
    const [, count = ''] = checkpoint.parse(JSON.parse(line)).checkpoint.split('\n');
    covered = Math.max(covered, Number(count));
  }
  return { size: size ?? 0, covered };
}

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('base64url');

/** An option with what the settings say. @throws StartError if they don't */
function given(option: string, value: string | undefined): [string, string] {
  if (value === undefined)
    throw new StartError('The services were started without what evidence takes: start Sotto again.');
  return [option, value];
}

/** Runs a program of the repository with a service's settings. @returns what it printed @throws StartError */
async function run(
  { repository, signal }: Pick<EvidenceRequest, 'repository' | 'signal'>,
  program: string,
  args: readonly string[],
  settings: Settings,
): Promise<string> {
  const env = { ...inherited(), ...settings };
  const result = await runCommand(process.execPath, [program, ...args], { env, cwd: repository, signal });
  if (result.tag === 'ended' && result.code === 0) return result.stdout;
  throw new StartError(result.tag === 'ended' ? lastWords(result.output) : 'A program of Sotto could not be run.');
}

/** Public halves alone. */
const verifierFiles = (data: string) => ({
  'access.verifier': join(data, 'keystore/log.verifier'),
  'platform.verifier': join(data, 'keys/platform-log.verifier'),
  'witness.verifier': join(data, 'keystore/witness.verifier'),
});

/** Settings as they may be shown: of an address only where it leads, since some carry a token. */
function shown(settings: Settings): string {
  const originOf = (value: string): string => (URL.canParse(value) ? new URL(value).origin : value);
  const open = Object.entries(settings).map(([name, value]) => [name, name.endsWith('_URL') ? originOf(value) : value]);
  return `${JSON.stringify(Object.fromEntries(open), null, 2)}\n`;
}

async function software(request: EvidenceRequest): Promise<Record<string, string | null>> {
  const { repository, signal } = request;
  const git = await runCommand('git', ['rev-parse', 'HEAD'], { env: inherited(), cwd: repository, signal });
  return {
    commit: git.tag === 'ended' && git.code === 0 ? git.stdout.trim() : null,
    packages: sha256(readIfThere(join(repository, 'package-lock.json')) ?? ''),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
}

/** SHA-256 of every file in a folder, a line each. */
function listed(folder: string): string {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return paths.map((path) => `${sha256(readFileSync(path))} ${relative(folder, path).split(sep).join('/')}\n`).join('');
}

import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { StartError } from '../errors.ts';
import { runCommand } from '../process/command.ts';
import { lastWords } from './lastWords.ts';
import {
  inherited,
  type KeyDatabase,
  keystoreMigrateEnvironment,
  migrateEnvironment,
  type System,
  seedEnvironment,
} from './services.ts';

const account = z.strictObject({ email: z.string(), name: z.string() });

/** What the demo clinic gives a person to try: accounts, and a link for the patient. */
const demoClinic = z.looseObject({
  physician: z.strictObject({ ...account.shape, password: z.string() }),
  colleague: account,
  officers: z.array(account),
  admin: account,
  visitId: z.string(),
  patientLink: z.url(),
  patientBirthDate: z.string().nullable(),
});
export type DemoClinic = z.infer<typeof demoClinic>;

type Program = 'api/src/migrate' | 'api/src/prepareStorage' | 'api/src/seed' | 'keystore/src/migrate';

async function runProgram(
  repository: string,
  name: Program,
  env: NodeJS.ProcessEnv,
  onLog: (chunk: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const file = join(repository, 'apps', `${name}.ts`);
  const result = await runCommand(process.execPath, [file], { env, cwd: repository, timeoutMs: 120_000, signal });
  if (result.tag === 'ended' && result.code === 0) return result.stdout;
  const output = result.tag === 'notFound' ? '' : result.output;
  onLog(output);
  const why = result.tag === 'timedOut' ? 'it took over 2 minutes' : lastWords(output);
  throw new StartError(`${failures[name]}: ${why}`);
}

const failures: Readonly<Record<Program, string>> = {
  'api/src/migrate': 'The database could not be brought up to date',
  'api/src/prepareStorage': 'The folder for recordings could not be made',
  'api/src/seed': 'The demo clinic could not be made',
  'keystore/src/migrate': 'The key database could not be brought up to date',
};

/** Brings the key database to the newest schema. */
export async function migrateKeystore(
  system: Pick<System, 'repository'> & KeyDatabase,
  onLog: (chunk: string) => void,
  signal: AbortSignal,
): Promise<void> {
  await runProgram(system.repository, 'keystore/src/migrate', keystoreMigrateEnvironment(system), onLog, signal);
}

/** Makes the folder for recordings, once: one that has lost what says that it is one is never made anew. */
export async function prepareRecordings(
  { repository, keys, recordings }: Pick<System, 'repository' | 'keys' | 'recordings'>,
  onLog: (chunk: string) => void,
  signal: AbortSignal,
): Promise<void> {
  if (existsSync(recordings)) return;
  const made = `${recordings}.new`;
  const env = { ...inherited(), API_STORAGE_FOLDER: made, API_STORAGE_TICKET_KEY_FILE: keys.ticketKeyFile };
  await runProgram(repository, 'api/src/prepareStorage', env, onLog, signal);
  renameSync(made, recordings);
}

/** Brings the clinic's database to the newest schema. */
export async function migrate(
  system: Pick<System, 'repository' | 'roles'>,
  onLog: (chunk: string) => void,
  signal: AbortSignal,
): Promise<void> {
  await runProgram(system.repository, 'api/src/migrate', migrateEnvironment(system), onLog, signal);
}

/** Makes the demo clinic, or finds it as it was made before. */
export async function seedDemo(
  system: System,
  onLog: (chunk: string) => void,
  signal: AbortSignal,
): Promise<DemoClinic> {
  const stdout = await runProgram(system.repository, 'api/src/seed', seedEnvironment(system), onLog, signal);
  try {
    return demoClinic.parse(JSON.parse(stdout));
  } catch {
    throw new StartError('The demo clinic was made but its accounts could not be read; this is a defect in Sotto.');
  }
}

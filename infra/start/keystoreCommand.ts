import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { faultSentence, UsageError } from '../errors.ts';
import { requireRunning, settingsFiles } from './dataFolder.ts';
import { readSettings } from './serviceSettings.ts';
import { inherited } from './services.ts';

const repository = join(import.meta.dirname, '../..');

const help = `Usage: npm run keystore -- [--data DIR] COMMAND [...]

Runs a command of the keystore on its own host, while npm start runs.

  --data DIR    data folder of that npm start (default .sotto)
  --help        print this

Commands:
`;

/** What stands before the command, and the command with all that follows it. */
function parse(argv: readonly string[]): { data: string | undefined; command: readonly string[] } {
  const [first = '', ...rest] = argv;
  const inline = /^--data=(.+)$/.exec(first)?.[1];
  if (inline !== undefined) return { data: inline, command: rest };
  if (first === '--data') {
    const [data, ...command] = rest;
    if (!data || data.startsWith('-')) throw new UsageError('--data needs a value; see npm run keystore -- --help.');
    return { data, command };
  }
  if (first.startsWith('-') && first !== '--help') {
    throw new UsageError(`Unknown option ${first}; see npm run keystore -- --help.`);
  }
  return { data: undefined, command: argv };
}

/** The keystore's settings in a data folder of a system that runs. @throws StartError */
function settingsOf(folder: string): Record<string, string> {
  requireRunning(folder);
  return readSettings(settingsFiles(folder).keystore, 'keystore');
}

/** Runs one of the keystore's commands at this terminal. @returns its exit code */
async function run(command: readonly string[], settings: Record<string, string>): Promise<number> {
  const program = join(repository, 'apps/keystore/src/command/main.ts');
  const child = spawn(process.execPath, [program, ...command], {
    env: { ...inherited(), ...settings },
    // Files that a person names are taken from where the person is.
    cwd: process.env['INIT_CWD'] ?? process.cwd(),
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  if (process.connected) process.on('disconnect', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

async function main(): Promise<number> {
  const { data, command } = parse(process.argv.slice(2));
  const [name = '--help'] = command;
  if (name === '--help') {
    process.stdout.write(help);
    // Without a command it says which there are.
    await run([], {});
    return command.length === 0 ? 2 : 0;
  }
  const from = process.env['INIT_CWD'] ?? process.cwd();
  return run(command, settingsOf(data === undefined ? join(repository, '.sotto') : resolve(from, data)));
}

try {
  process.exit(await main());
} catch (fault) {
  process.stderr.write(`${faultSentence(fault)}\n`);
  process.exit(fault instanceof UsageError ? 2 : 1);
}

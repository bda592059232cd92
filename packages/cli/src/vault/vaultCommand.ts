import { CommandError, type ExitCode, exitCodes } from '../errors.ts';
import { refusal } from '../refusal.ts';
import type { Terminal } from '../terminal.ts';
import { inspect } from './inspect.ts';
import { open } from './open.ts';
import { verify } from './verify.ts';

const usage = `npx sotto vault inspect  PATH|-
npx sotto vault verify   PATH|- --signer FILE [--key FILE] [--object ID] [--hash HASH]
npx sotto vault verify   STORAGE --registry FILE --keystore KEY [--release FILE]
npx sotto vault open     PATH|- --signer FILE --key FILE [--object ID] [--hash HASH] [--head] [--out FILE]
npx sotto vault open     PATH|- --salvage [--cut] --key FILE [--out FILE]
PATH is a file or a folder; a pipe may bring 16 GiB at most.
STORAGE is the api's folder of recordings, or a JSON file that names its bucket; the registry is what
apps/api/src/exportRegistry.ts writes, KEY the statementKey of /api/keystore/identity. With a release
(a patient saves one under “Have it checked”) what it is of is opened too, and nothing of it kept.
`;

const commands = { inspect, verify, open } as const;

/**
 * `npx sotto vault …`: shows, checks and opens sealed objects (SPEC.md of @sotto/vault). Answers with one plain
 * sentence and an exit code.
 */
export const vaultCommand = async ([name = '', ...args]: readonly string[], terminal: Terminal): Promise<ExitCode> => {
  if (name === '--help' || name === 'help') {
    terminal.out(usage);
    return exitCodes.good;
  }
  const command = Object.entries(commands).find(([known]) => known === name)?.[1];
  if (command === undefined) {
    terminal.err(`There is no such command.\n${usage}`);
    return exitCodes.notDone;
  }
  try {
    terminal.err(`${await command(args, terminal)}\n`);
    return exitCodes.good;
  } catch (error) {
    if (terminal.stop.aborted) {
      terminal.err('Stopped before the end; nothing was kept.\n');
      return exitCodes.notDone;
    }
    const known = error instanceof CommandError ? error : refusal(error);
    if (known === null) throw error;
    terminal.err(`${known.message}\n`);
    return known.exitCode;
  }
};

import { once } from 'node:events';
import type { Command, Terminal } from './command.ts';
import { CommandError, exitCodes, usageError } from './errors.ts';

/** Each part of the command is loaded only when it's asked for. */
const parts: Readonly<Record<string, () => Promise<Readonly<Record<string, Command>>>>> = {
  vault: async () => (await import('./vault/commands.ts')).vaultCommands,
};

const terminal: Terminal = {
  stdin: process.stdin,
  line: (text) => {
    process.stdout.write(`${text}\n`);
  },
  bytes: async (chunk) => {
    if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
  },
  say: (sentence) => {
    process.stderr.write(`${sentence}\n`);
  },
};

const help = async (): Promise<string> => {
  const listed = await Promise.all(
    Object.entries(parts).map(async ([part, load]) =>
      Object.values(await load()).map(({ usage }) => `  npx sotto ${part} ${usage}`),
    ),
  );
  return ['Usage:', ...listed.flat()].join('\n');
};

const run = async ([part, name, ...args]: readonly string[]): Promise<number> => {
  if (part === undefined || part === '--help' || part === 'help') {
    terminal.line(await help());
    return part === undefined ? exitCodes.usage : exitCodes.good;
  }
  const commands = await (Object.hasOwn(parts, part) ? parts[part]?.() : undefined);
  const command = commands !== undefined && name !== undefined && Object.hasOwn(commands, name) ? commands[name] : null;
  if (command === null || command === undefined) throw usageError(`There is no such command.\n${await help()}`);
  return await command.run(args, terminal);
};

// Whoever reads our output may stop early; what is left is nobody's.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? exitCodes.good : exitCodes.unreadable);
});

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  terminal.say(error.message);
  process.exitCode = error.exitCode;
}

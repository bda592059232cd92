import process from 'node:process';
import { inspect } from 'node:util';
import { exitCodes } from './errors.ts';
import { refusal } from './refusal.ts';
import { processTerminal, type Terminal } from './terminal.ts';

/** A part of the command: it gets what stands after its name, and answers with the exit code. */
type Part = (args: readonly string[], terminal: Terminal) => Promise<number>;

/** Each part is loaded only when it's asked for: checking a file takes no database driver. */
const parts: Readonly<Record<string, () => Promise<Part>>> = {
  vault: async () => (await import('./vault/vaultCommand.ts')).vaultCommand,
  audit: async () => (await import('@sotto/audit/command')).auditCommand,
};

const run = async ([name = '', ...args]: readonly string[], terminal: Terminal): Promise<number> => {
  const load = Object.hasOwn(parts, name) ? parts[name] : undefined;
  if (load !== undefined) return await (await load())(args, terminal);
  const wanted = name === '' || name === 'help' || name === '--help';
  for (const part of Object.values(parts)) {
    await (await part())(['help'], wanted ? terminal : { ...terminal, out: terminal.err });
  }
  return name === '' || !wanted ? exitCodes.notDone : exitCodes.good;
};

/** One press of Ctrl-C may come twice: from the terminal, and from whoever started us and passes it on. */
const onePressMs = 1000;
const stopping = new AbortController();
let toldAt = Number.NEGATIVE_INFINITY;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The second press ends a command that doesn't listen.
    if (stopping.signal.aborted && performance.now() - toldAt > onePressMs) process.exit(exitCodes.notDone);
    if (!stopping.signal.aborted) toldAt = performance.now();
    stopping.abort();
  });
}

const terminal = processTerminal(process, stopping.signal);
/** Ends with one sentence where a part of the command didn't find its own: never with the code for a bad object. */
const giveUp = (error: unknown): void => {
  terminal.err(`${refusal(error)?.message ?? `The command itself failed: ${inspect(error)}`}\n`);
  process.exitCode = exitCodes.notDone;
};
process.stdout.on('error', (error) => {
  giveUp(error);
  process.exit();
});
process.stderr.on('error', () => process.exit(exitCodes.notDone));
try {
  process.exitCode = await run(process.argv.slice(2), terminal);
} catch (error) {
  giveUp(error);
}

import { Cancelled, faultSentence, UsageError } from '../errors.ts';

/**
 * Runs a command to its end and ends the process with its status: 130 when it was stopped, 2 when it was called wrongly, 1 for any
 * other fault, said in one sentence.
 *
 * @param main with what stands after the command's name, and a signal that stops it
 */
export async function endWith(main: (argv: readonly string[], signal: AbortSignal) => Promise<number>): Promise<never> {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ending.abort());
  // The process that started this one is gone.
  if (process.connected) process.on('disconnect', () => ending.abort());
  try {
    process.exit(await main(process.argv.slice(2), ending.signal));
  } catch (fault) {
    if (fault instanceof Cancelled) process.exit(130);
    process.stderr.write(`${faultSentence(fault)}\n`);
    process.exit(fault instanceof UsageError ? 2 : 1);
  }
}

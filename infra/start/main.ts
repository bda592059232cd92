import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Cancelled, faultSentence, UsageError } from '../errors.ts';
import { writeAtomic } from '../files/atomicFile.ts';
import { isTrusted } from '../trust/stores.ts';
import { parseStartArguments, type StartOptions, startHelp } from './arguments.ts';
import { openDataFolder } from './dataFolder.ts';
import { countInterruptions } from './interruption.ts';
import { createProgress } from './progress.ts';
import { readyJson, readyText } from './readyReport.ts';
import { createSupervisor, restartPolicy } from './supervisor.ts';
import { bringUp } from './system.ts';

const repository = join(import.meta.dirname, '../..');
const clock = () => performance.now();

/** Runs the system until it is told to end. @returns the exit code */
async function run(options: StartOptions): Promise<number> {
  const progress = createProgress(process.stderr);
  const folder = openDataFolder(options.data);
  const supervisor = createSupervisor({ policy: restartPolicy, clock, report: (line) => progress.note(line) });
  const ending = new AbortController();
  const interrupted = countInterruptions(
    {
      stop: () => {
        progress.note('Stopping. Ctrl-C again stops at once.');
        ending.abort();
        void supervisor.stop();
      },
      kill: () => {
        supervisor.kill();
        folder.release();
        process.exit(130);
      },
    },
    clock,
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupted);
  // The process that started this one is gone.
  if (process.connected) process.on('disconnect', interrupted);

  // Should a part give up while others are still being made ready, that ends too.
  void supervisor.finished.then(() => ending.abort());

  try {
    rmSync(folder.ready, { force: true });
    const ready = await bringUp({ repository, options, folder, progress, supervisor, signal: ending.signal });
    if (!ending.signal.aborted) {
      writeAtomic(folder.ready, readyJson(ready));
      const trust = { isNeeded: !options.json && !(await isTrusted(ready.ca)), isShared: options.host !== undefined };
      process.stdout.write(options.json ? readyJson(ready) : readyText(ready, trust));
    }
  } catch (fault) {
    const isOurs = fault instanceof Cancelled || ending.signal.aborted;
    // What else was under way ends too.
    ending.abort();
    await supervisor.stop();
    if (!isOurs) {
      progress.note(faultSentence(fault, options.data));
      return 1;
    }
  } finally {
    await supervisor.finished;
    rmSync(folder.ready, { force: true });
    folder.release();
  }
  const finish = await supervisor.finished;
  if (finish.tag === 'asked') return 0;
  progress.note(finish.sentence);
  return 1;
}

async function main(): Promise<number> {
  // A terminal or a pipe that is gone must not keep us from ending in order.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    // npm changes to the repository's folder; INIT_CWD is where the person was.
    const from = process.env['INIT_CWD'] ?? process.cwd();
    const parsed = parseStartArguments(process.argv.slice(2), { repository, from });
    if (parsed.tag === 'run') return await run(parsed.options);
    process.stdout.write(startHelp);
    return 0;
  } catch (fault) {
    process.stderr.write(`${faultSentence(fault)}\n`);
    return fault instanceof UsageError ? 2 : 1;
  }
}

process.exit(await main());

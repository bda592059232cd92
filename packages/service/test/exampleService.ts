import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from '../src/errors.ts';
import { runService } from '../src/shutdown.ts';

/** A service for the tests to run as a process: the argument says how it fares. */
const scenario = process.argv[2];

// As a program that takes long to load.
while (scenario === 'orphaned' && process.connected) await delay(10);

await runService(async () => {
  if (scenario === 'misconfigured') throw new StartError('Set X in the environment.');
  if (scenario === 'broken') throw new Error('planted');
  const work = setInterval(() => {
    if (scenario === 'crashing') throw new Error('planted');
  }, 50);
  return {
    async close() {
      clearInterval(work);
      process.stdout.write('closed\n');
    },
    crashed: () => void process.stdout.write('crashed\n'),
  };
});

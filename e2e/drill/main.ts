import { startSystem } from '../system/runningSystem.ts';
import { playDrill, type Reached } from './drill.ts';

/**
 * Starts a system of its own, plays a breach on it, and prints what was reached when, beside the response plan's limits.
 *
 * Ends with status 1 if something wasn't reached, or late. What a person does at once here takes a person longer.
 */
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const isLate = ({ seconds, withinMinutes }: Reached): boolean => withinMinutes !== null && seconds > withinMinutes * 60;

function line(one: Reached): string {
  const limit = one.withinMinutes === null ? 'no limit' : `within ${one.withinMinutes} min`;
  return `  ${isLate(one) ? 'LATE' : 'ok  '}  ${one.seconds.toFixed(1).padStart(6)} s  ${limit.padEnd(14)}  ${one.what}\n`;
}

await using system = await startSystem();
say('drill: an account tries at what is not its own …');
const reached = await playDrill(system, say);
process.stdout.write(`\nFrom the breach on:\n\n${reached.map(line).join('')}\n`);
process.exitCode = reached.some(isLate) ? 1 : 0;

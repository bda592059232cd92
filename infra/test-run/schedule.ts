import { faultSentence } from '../errors.ts';
import type { Step, Supplies } from './step.ts';
import { add, nothing, oneFailed, type Tally } from './tally.ts';

export interface ScheduleOptions {
  /** How many steps run at the same time. */
  readonly slots: number;
  onStart(name: string): void;
  onDetail(name: string, detail: string): void;
  onEnd(name: string, tally: Tally): void;
}

interface Outcome {
  readonly tally: Tally;
  readonly ok: boolean;
}

function refuseStuck(waiting: readonly Step[]): void {
  if (waiting.length === 0) return;
  throw new Error(`Steps need what nobody brings: ${waiting.map(({ name }) => name).join(', ')}`);
}

/**
 * Runs steps as soon as what they need is there, in the given order where there is a choice. A step whose need has
 * failed counts as one failure; the others go on.
 */
export async function runSteps(steps: readonly Step[], options: ScheduleOptions): Promise<Tally> {
  const waiting = [...steps];
  const outcomes = new Map<string, Outcome>();
  const running = new Map<Step, Promise<void>>();
  let supplies: Supplies = {};

  const attempt = async (step: Step): Promise<Outcome> => {
    try {
      if (step.kind === 'preparation') {
        const brought = await step.run(supplies, (detail) => options.onDetail(step.name, detail));
        supplies = { ...supplies, ...brought };
        return { tally: nothing, ok: true };
      }
      const tally = await step.run(supplies);
      return { tally, ok: tally.failed === 0 };
    } catch (fault) {
      return { tally: oneFailed(step.name, faultSentence(fault)), ok: false };
    }
  };
  const settle = (step: Step, outcome: Outcome): void => {
    outcomes.set(step.name, outcome);
    options.onEnd(step.name, outcome.tally);
  };
  const start = (step: Step): void => {
    options.onStart(step.name);
    running.set(
      step,
      attempt(step).then((outcome) => {
        running.delete(step);
        settle(step, outcome);
      }),
    );
  };

  while (waiting.length > 0 || running.size > 0) {
    for (const step of [...waiting]) {
      const failedNeed = step.needs.find((need) => outcomes.get(need)?.ok === false);
      if (failedNeed !== undefined) {
        waiting.splice(waiting.indexOf(step), 1);
        settle(step, { tally: oneFailed(step.name, `not run, because "${failedNeed}" failed`), ok: false });
      }
    }
    const alone = [...running.keys()].some((step) => step.alone === true);
    const room = !alone && running.size < options.slots;
    const next = waiting.find(
      (step) => step.needs.every((need) => outcomes.has(need)) && (running.size === 0 || step.alone !== true),
    );
    if (room && next) {
      waiting.splice(waiting.indexOf(next), 1);
      start(next);
    } else if (running.size > 0) {
      await Promise.race(running.values());
    } else {
      refuseStuck(waiting);
    }
  }
  return [...outcomes.values()].reduce((sum, { tally }) => add(sum, tally), nothing);
}

import type { ActionOutcome } from './contract.ts';

/** @param asked undefined where there is nobody to ask */
export async function outcomeOf(asked: Promise<void> | undefined): Promise<ActionOutcome> {
  if (asked === undefined) return 'failed';
  return asked.then(
    () => 'done',
    () => 'failed',
  );
}

import { type Incident, type IncidentStep, stepMinutes } from '@sotto/protocol/incidents';

const minuteMs = 60_000;

/** How a step of the plan stands. Minutes are whole, and never less than 0. */
export type StepState =
  | { readonly tag: 'done'; readonly at: Date; readonly by: string | null; readonly isLate: boolean }
  | { readonly tag: 'left' | 'over'; readonly minutes: number }
  /** The plan gives it no time, or the incident is one of warnings alone. */
  | { readonly tag: 'open' }
  /** The incident was closed without it. */
  | { readonly tag: 'leftOut' };

/** Whether nothing is left to do. */
export const isClosed = ({ steps }: Pick<Incident, 'steps'>): boolean => steps.some(({ step }) => step === 'closed');

/** One step of an incident by its clock, which counts from the first critical alert. */
export function stepState({ criticalAt, steps }: Incident, step: IncidentStep, now: Date): StepState {
  const limit = stepMinutes[step];
  const isTimed = limit !== null && criticalAt !== null;
  const due = isTimed ? Date.parse(criticalAt) + limit * minuteMs : null;
  const done = steps.find((one) => one.step === step);
  if (done !== undefined) {
    const at = new Date(done.at);
    return { tag: 'done', at, by: done.by?.name ?? null, isLate: due !== null && at.getTime() > due };
  }
  if (isClosed({ steps })) return { tag: 'leftOut' };
  if (due === null) return { tag: 'open' };
  const leftMs = due - now.getTime();
  return leftMs >= 0
    ? { tag: 'left', minutes: Math.ceil(leftMs / minuteMs) }
    : { tag: 'over', minutes: Math.max(1, Math.floor(-leftMs / minuteMs)) };
}

import type { ComparisonRoundId } from '@sotto/e2ee';
import { outcomeOf } from './actionOutcome.ts';
import type { ActionOutcome, ComparisonAnswer } from './contract.ts';
import type { VisitSession } from './visitSession.ts';

/** What the user does to compare codes. */
export interface VisitComparison {
  compare(): Promise<ActionOutcome>;
  answerComparison(round: ComparisonRoundId, answer: ComparisonAnswer): Promise<ActionOutcome>;
}

/** @param current the session of the leaf that is alive */
export function createVisitComparison(current: () => VisitSession | null): VisitComparison {
  return {
    compare: () => outcomeOf(current()?.compare()),
    answerComparison: (round, answer) => outcomeOf(current()?.answerComparison(round, answer)),
  };
}

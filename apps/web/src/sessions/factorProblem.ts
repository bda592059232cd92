import { faultCode } from '../clinic/errors.ts';

/**
 * Why a change of the second step came to nothing, by the words that a person is told. `unknown`: no answer came, so that it may have
 * been done.
 */
export type FactorProblem = 'forbidden' | 'wrong' | 'tooMany' | 'unknown';

export function factorProblem(error: Error): FactorProblem {
  switch (faultCode(error)) {
    case 'wrongState':
    case 'invalid':
      return 'wrong';
    case 'rateLimited':
      return 'tooMany';
    case 'forbidden':
    case 'notFound':
    case 'unauthenticated':
      return 'forbidden';
    default:
      return 'unknown';
  }
}

/** Whether a password can be typed once more. */
export const isOfPassword = (problem: FactorProblem): problem is 'wrong' | 'tooMany' =>
  problem === 'wrong' || problem === 'tooMany';

import type { StaffSession } from '@sotto/protocol/clinic';
import type { SignInStep } from '@sotto/protocol/signIn';
import { ClinicFault } from '../clinic/errors.ts';
import { PasskeyFault } from '../keystore/errors.ts';

/** Why signing in by passkey came to nothing, by the words that a person is told (`signIn` of the messages). */
export type PasskeyProblem = 'cancelled' | 'unsupported' | 'unknownPasskey' | 'otherPerson' | 'tooMany' | 'unreachable';

export function signInProblem(error: Error): PasskeyProblem {
  if (error instanceof PasskeyFault) return error.code === 'unsupported' ? 'unsupported' : 'cancelled';
  if (!(error instanceof ClinicFault)) return 'unreachable';
  switch (error.code) {
    case 'unauthenticated':
    case 'invalid':
      return 'unknownPasskey';
    case 'forbidden':
      return 'otherPerson';
    case 'rateLimited':
      return 'tooMany';
    default:
      return 'unreachable';
  }
}

/** What is missing to a password that was right, by the words that a person is told. */
export type StepProblem = 'needsPasskey' | 'needsCode' | 'wrongCode';

/** What came back for a password; undefined before anything did. */
type PasswordOutcome = StaffSession | SignInStep | undefined;

/** Null where nothing is missing. */
export function stepProblem(outcome: PasswordOutcome): StepProblem | null {
  if (outcome === undefined || !('needs' in outcome)) return null;
  if (outcome.needs === 'passkey') return 'needsPasskey';
  return outcome.isWrong ? 'wrongCode' : 'needsCode';
}

export function asksForCode(outcome: PasswordOutcome): boolean {
  return outcome !== undefined && 'needs' in outcome && outcome.needs === 'code';
}

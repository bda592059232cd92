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

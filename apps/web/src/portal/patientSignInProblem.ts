import { ClinicFault } from '../clinic/errors.ts';
import { PasskeyFault } from '../keystore/errors.ts';

/** Why signing in by one's own key came to nothing, by the words that a patient is told (`portal.signIn` of the messages). */
export type PatientSignInProblem =
  | 'cancelled'
  | 'unsupported'
  | 'codeUnsupported'
  | 'wrong'
  | 'notYet'
  | 'tooMany'
  | 'unreachable';

export function patientSignInProblem(error: Error): PatientSignInProblem {
  if (error instanceof PasskeyFault) {
    return error.code === 'unsupported' || error.code === 'codeUnsupported' ? error.code : 'cancelled';
  }
  if (!(error instanceof ClinicFault)) return 'unreachable';
  switch (error.code) {
    case 'unauthenticated':
    case 'invalid':
      return 'wrong';
    case 'wrongState':
      return 'notYet';
    case 'rateLimited':
      return 'tooMany';
    default:
      return 'unreachable';
  }
}

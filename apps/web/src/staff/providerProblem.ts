import { faultCode } from '../clinic/errors.ts';

/** Why the provider let nobody in, by the words that a person is told (`signIn.provider` of the messages). */
export type ProviderProblem = 'cancelled' | 'old' | 'unknown' | 'taken' | 'signedOut' | 'tooMany' | 'unavailable';

export function providerProblem(error: unknown): ProviderProblem {
  switch (faultCode(error)) {
    case 'unauthenticated':
    case 'invalid':
      return 'old';
    case 'notFound':
      return 'unknown';
    case 'conflict':
      return 'taken';
    case 'forbidden':
      return 'signedOut';
    case 'rateLimited':
      return 'tooMany';
    default:
      return 'unavailable';
  }
}

import { expect, it } from 'vitest';
import { ClinicFault } from '../clinic/errors.ts';
import { PasskeyFault } from '../keystore/errors.ts';
import { signInProblem } from './signInProblem.ts';

it.each([
  [new PasskeyFault('cancelled'), 'cancelled'],
  [new PasskeyFault('unusable'), 'cancelled'],
  [new PasskeyFault('unsupported'), 'unsupported'],
  [new ClinicFault('unauthenticated'), 'unknownPasskey'],
  [new ClinicFault('forbidden'), 'otherPerson'],
  [new ClinicFault('rateLimited'), 'tooMany'],
  [new ClinicFault('unavailable'), 'unreachable'],
  [new TypeError('whatever'), 'unreachable'],
])('%o is told as %s', (error, problem) => {
  expect(signInProblem(error)).toBe(problem);
});

import { expect, it } from 'vitest';
import { ClinicFault } from '../clinic/errors.ts';
import { PasskeyFault } from '../keystore/errors.ts';
import { patientSignInProblem } from './patientSignInProblem.ts';

it.each([
  [new PasskeyFault('cancelled'), 'cancelled'],
  [new PasskeyFault('unusable'), 'cancelled'],
  [new PasskeyFault('unsupported'), 'unsupported'],
  [new PasskeyFault('codeUnsupported'), 'codeUnsupported'],
  [new ClinicFault('unauthenticated'), 'wrong'],
  [new ClinicFault('wrongState'), 'notYet'],
  [new ClinicFault('rateLimited'), 'tooMany'],
  [new ClinicFault('unavailable'), 'unreachable'],
  [new ClinicFault('unreachable'), 'unreachable'],
  [new TypeError('anything'), 'unreachable'],
])('%s is told as %s', (error, problem) => {
  expect(patientSignInProblem(error)).toBe(problem);
});

import { StartError } from '@sotto/service/errors';
import { expect, it } from 'vitest';
import { openClinicPolicy } from '../node/clinicPolicy.ts';
import { clinic } from './ask.ts';

it('opens the policies that lie here', () => {
  expect(openClinicPolicy(clinic, 'X_TIME_ZONE')).toHaveProperty('decide');
});

it('names the variable of a time zone that isn’t one', () => {
  const open = () => openClinicPolicy({ ...clinic, timeZone: 'Mars/Olympus' }, 'X_TIME_ZONE');
  expect(open).toThrow(new StartError('X_TIME_ZONE isn’t a time zone, such as Europe/Madrid.'));
});

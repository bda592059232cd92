import type { StaffSession } from '@sotto/protocol/clinic';
import { expect, it } from 'vitest';
import { ClinicFault } from '../clinic/errors.ts';
import { standingOf } from './useStaff.ts';

const data = { staff: { name: 'x' } } as StaffSession;
const followed = { isFollowed: true, hasDraft: false };
const ranOut = new ClinicFault('unauthenticated');
const lost = new ClinicFault('unreachable');

it('keeps a page whose session can’t be asked about again', () => {
  expect(standingOf({ data, error: lost }, followed)).toBe('signedIn');
  expect(standingOf({ data: undefined, error: lost }, followed)).toBe('failed');
});

it('leads away when the session has run out, but not from an unsaved note or a visit', () => {
  expect(standingOf({ data, error: ranOut }, followed)).toBe('signedOut');
  expect(standingOf({ data, error: ranOut }, { isFollowed: true, hasDraft: true })).toBe('expired');
  expect(standingOf({ data, error: ranOut }, { isFollowed: false, hasDraft: false })).toBe('signedIn');
  expect(standingOf({ data: undefined, error: ranOut }, { isFollowed: true, hasDraft: true })).toBe('signedOut');
});

it('waits until it knows', () => {
  expect(standingOf({ data: undefined, error: null }, followed)).toBe('loading');
  expect(standingOf({ data, error: null }, followed)).toBe('signedIn');
});

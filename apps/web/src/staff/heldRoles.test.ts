import { expect, it } from 'vitest';
import { holds, homeOf, mainRole, pagesOf } from './heldRoles.ts';

it('goes by the roles that are held, not by what somebody is called', () => {
  const former = { role: 'privacyOfficer', roles: ['physician'] } as const;
  const staff = { ...former, roles: [...former.roles] };
  expect(holds(staff, 'privacyOfficer')).toBe(false);
  expect(holds(staff, 'privacyOfficer', 'physician')).toBe(true);
  expect(mainRole(staff)).toBe('physician');
  expect(mainRole({ role: 'nurse', roles: ['admin', 'nurse'] })).toBe('nurse');
  expect(mainRole({ role: 'nurse', roles: [] })).toBe('nurse');
});

it('shows the pages of every role that is held', () => {
  expect(pagesOf({ roles: ['physician'] })).toEqual(['today', 'access-log', 'passkeys']);
  expect(pagesOf({ roles: ['admin'] })).toEqual(['access-log', 'passkeys', 'incidents', 'people']);
  expect(pagesOf({ roles: ['physician', 'privacyOfficer'] })).toEqual([
    ...['today', 'access-log', 'passkeys', 'patient-keys', 'incidents', 'people'],
  ]);
  expect(pagesOf({ roles: [] })).toEqual([]);
});

it('begins where the work is', () => {
  expect(homeOf({ roles: ['admin', 'physician'], resting: null })).toBe('/today/');
  expect(homeOf({ roles: ['admin'], resting: null })).toBe('/people/');
  expect(homeOf({ roles: ['privacyOfficer', 'admin'], resting: null })).toBe('/access-log/');
  expect(homeOf({ roles: [], resting: null })).toBe('/access-log/');
  expect(homeOf({ roles: [], resting: ['physician'] })).toBe('/record/');
});

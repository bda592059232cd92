import { describe, expect, it } from 'vitest';
import { createPolicy, type Resource, type Role, roles } from '../src/index.ts';
import { ask, clinic, ours, physician, staff } from './ask.ts';

const policy = createPolicy(clinic, ours);
const signed = { passkey: true, passkeySession: true, passkeyJustShown: true };

const may = (action: string, resource: Resource, circumstances = signed): Role[] =>
  roles.filter(
    (role) =>
      policy.decide(ask({ assignments: [{ ...physician, role }], action, resource }, circumstances)).tag === 'permit',
  );

describe('incidents', () => {
  const itself: Resource = { type: 'Clinic' };
  const account: Resource = { type: 'Account', staff: staff('e') };

  it('are seen to by administrators and privacy officers, and changed by a session with a passkey alone', () => {
    const byPassword = { passkey: false, passkeySession: false, passkeyJustShown: false };
    expect(may('incident:read', itself, byPassword)).toEqual(['privacyOfficer', 'admin']);
    for (const action of ['incident:open', 'incident:step', 'incident:disable']) {
      expect(may(action, itself)).toEqual(['privacyOfficer', 'admin']);
      expect(may(action, itself, byPassword)).toEqual([]);
    }
    expect(may('incident:disable', itself, { ...signed, passkeyJustShown: false })).toEqual([
      'privacyOfficer',
      'admin',
    ]);
  });

  it.each([itself, account])('let both hold up openings, and officers alone let them go on', (resource) => {
    expect(may('containment:place', resource)).toEqual(['privacyOfficer', 'admin']);
    expect(may('containment:lift', resource)).toEqual(['privacyOfficer']);
  });

  it.each(['containment:place', 'containment:lift'])('take a passkey that signs: %s', (action) => {
    expect(may(action, account, { ...signed, passkey: false })).toEqual([]);
  });
});

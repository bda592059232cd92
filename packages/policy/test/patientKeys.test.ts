import { describe, expect, it } from 'vitest';
import { type Circumstances, createPolicy, type Role, roles } from '../src/index.ts';
import { ask, clinic, ours, patient, physician } from './ask.ts';

const policy = createPolicy(clinic, ours);

describe('who may sign for a patient’s key', () => {
  const of = (role: Role, action: string, circumstances: Partial<Circumstances> = {}) => {
    const { address: _address, ...unknown } = ask({}).circumstances;
    return policy.decide({
      assignments: [{ ...physician, role }],
      action,
      resource: { type: 'Patient', patient },
      circumstances: { ...unknown, purpose: 'HOPERAT', ...circumstances },
    }).tag;
  };

  it.each([
    ['patientKey:enrol', ['physician', 'nurse']],
    ['patientKey:assist', ['physician', 'nurse', 'privacyOfficer']],
    ['patientKey:oversee', ['privacyOfficer']],
    ['patientKey:revoke', ['physician', 'nurse', 'privacyOfficer']],
    ['key:shred', ['privacyOfficer']],
    ...(['key:hold', 'key:restrict'] as const).map((action) => [action, ['privacyOfficer']] as const),
  ] as const)('%s: %j, and nobody else', (action, permitted) => {
    expect(roles.filter((role) => of(role, action) === 'permit')).toEqual(permitted);
  });

  it('is nobody without a passkey', () => {
    expect(of('physician', 'patientKey:enrol', { passkey: false })).toBe('refuse');
  });

  it('is nobody whose role is bound to a network, from where nobody knows', () => {
    const bound = { ...physician, network: '10.0.0.0/8' };
    const { address: _address, ...unknown } = ask({}).circumstances;
    const may = (circumstances: Circumstances) =>
      policy.decide({
        ...{ assignments: [bound], action: 'patientKey:enrol', resource: { type: 'Patient', patient }, circumstances },
      }).tag;
    expect(may(unknown)).toBe('refuse');
    expect(may({ ...unknown, address: '10.1.2.3' })).toBe('permit');
  });
});

import { visitId } from '@sotto/protocol/ids';
import { describe, expect, it } from 'vitest';
import { type Assignment, createPolicy, type Person, type Resource } from '../src/index.ts';
import { ask, clinic, ours, patient, patients, physician } from './ask.ts';

const policy = createPolicy(clinic, ours);

describe('a patient who signed in by a key of their own', () => {
  const person: Person = { kind: 'patient', id: patient.id };
  const byLink: Assignment = { ...physician, person, role: 'patient' };
  const visit: Resource = {
    ...{ type: 'Visit', id: visitId.parse('v'.repeat(21).concat('A')), patient },
    ...{ participants: [person], isLive: true },
  };
  const decide = (assignment: Assignment, action: string, resource: Resource) =>
    policy.decide(ask({ assignments: [assignment], action, resource }));
  const byKey = { ...byLink, isOutsideVisits: true };

  it.each(['visit:join', 'visit:read', 'object:write'])('is in no visit: %s', (action) => {
    expect(decide(byLink, action, visit).tag).toBe('permit');
    expect(decide(byKey, action, visit)).toMatchObject({ refusals: [{ by: ['visit-takes-its-link'] }] });
  });

  it('asks for no new key', () => {
    expect(decide(byLink, 'relay:enrol', { type: 'Clinic' }).tag).toBe('permit');
    expect(decide(byKey, 'relay:enrol', { type: 'Clinic' }).tag).toBe('refuse');
  });

  it('reads their own page, and nobody else’s', () => {
    const another = { ...patient, id: patients('q') };
    for (const action of ['portal:read', 'portal:notices', 'portal:sessions']) {
      expect(decide(byKey, action, { type: 'Patient', patient }).tag).toBe('permit');
      expect(decide(byKey, action, { type: 'Patient', patient: another }).tag).toBe('refuse');
    }
    expect(decide(byKey, 'relay:release', { type: 'Clinic' }).tag).toBe('permit');
    expect(decide(byKey, 'log:read', { type: 'AccessLog', patient }).tag).toBe('permit');
    expect(decide(byKey, 'log:read', { type: 'AccessLog', patient: another }).tag).toBe('refuse');
  });
});

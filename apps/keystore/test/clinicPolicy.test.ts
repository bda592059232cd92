import { clinicId, objectId, patientId, staffId } from '@sotto/protocol/ids';
import { StartError } from '@sotto/service/errors';
import { describe, expect, it } from 'vitest';
import { newId } from '../src/ids.ts';
import { openClinicPolicy } from '../src/release/clinicPolicy.ts';
import type { PolicyQuestion } from '../src/release/policy.ts';

const clinic = { id: newId(clinicId), timeZone: 'Europe/Madrid' };
const policy = openClinicPolicy(clinic);
const pseudonym = newId(patientId);
const staff = (role: string) => ({ kind: 'staff', subject: newId(staffId), role }) as const;
const question: PolicyQuestion = {
  user: staff('physician'),
  objects: [{ object: newId(objectId), pseudonym, visit: null, kind: 'note' }],
  purpose: 'treatment',
  use: 'open',
  breakGlass: null,
  at: new Date('2026-06-17T12:30:00Z'),
  address: '10.1.2.3',
  related: [pseudonym],
};
const decide = (changes: Partial<PolicyQuestion>) => policy.decide({ ...question, ...changes });

describe('the clinic’s policies, asked about a release', () => {
  it('permit who cares for the patient', async () => {
    expect(await decide({})).toEqual({ tag: 'permit' });
    expect(await decide({ user: staff('nurse') })).toEqual({ tag: 'permit' });
  });

  it('deny everybody else, whatever their role', async () => {
    expect(await decide({ related: [] })).toEqual({ tag: 'deny', reasons: ['notGranted'] });
    for (const role of ['privacyOfficer', 'admin', 'staff', 'patient', 'superuser', '']) {
      expect((await decide({ user: staff(role) })).tag).toBe('deny');
    }
  });

  it('deny all of it for one object that isn’t theirs to open', async () => {
    const others = { object: newId(objectId), pseudonym: newId(patientId), visit: null, kind: null };
    expect(await decide({ objects: [...question.objects, others] })).toEqual({ tag: 'deny', reasons: ['notGranted'] });
  });

  it('permit a clinician in an emergency, with its reason and purpose only', async () => {
    const emergency = { related: [], breakGlass: 'unconscious', purpose: 'emergency' };
    expect(await decide(emergency)).toEqual({ tag: 'permit' });
    expect((await decide({ ...emergency, purpose: 'treatment' })).tag).toBe('deny');
    expect((await decide({ ...emergency, breakGlass: null })).tag).toBe('deny');
    expect((await decide({ ...emergency, user: staff('admin') })).tag).toBe('deny');
  });

  it('permit an officer to review recordings, and nothing else', async () => {
    const ofKind = (kind: string | null) => question.objects.map((object) => ({ ...object, kind }));
    const review = { user: staff('privacyOfficer'), related: [], purpose: 'operations' };
    expect(await decide({ ...review, objects: ofKind('recording') })).toEqual({ tag: 'permit' });
    expect((await decide({ ...review, purpose: 'treatment', objects: ofKind('recording') })).tag).toBe('deny');
    expect((await decide({ ...review, user: staff('admin'), objects: ofKind('recording') })).tag).toBe('deny');
    for (const kind of ['note', 'intake', 'reason', 'file', 'any', 'planted', null]) {
      expect((await decide({ ...review, objects: ofKind(kind) })).tag).toBe('deny');
    }
  });

  it('permit a patient a copy of what is theirs, and staff none of what they may open', async () => {
    const own = { kind: 'patient', subject: pseudonym, role: 'patient' } as const;
    const copy = { use: 'copy', purpose: 'patientRequest', related: [] } as const;
    expect(await decide({ ...copy, user: own })).toEqual({ tag: 'permit' });
    expect((await decide({ ...copy, user: { ...own, subject: newId(patientId) } })).tag).toBe('deny');
    expect(await decide({ use: 'copy' })).toEqual({ tag: 'deny', reasons: ['notGranted'] });
    for (const role of ['physician', 'nurse', 'privacyOfficer', 'admin', 'staff']) {
      const asked = { ...copy, related: [pseudonym], user: staff(role) };
      expect((await decide(asked)).tag).toBe('deny');
      expect((await decide({ ...asked, purpose: 'emergency', breakGlass: 'lifeThreat' })).tag).toBe('deny');
    }
  });

  it('deny who comes from nowhere', async () => {
    expect(await decide({ address: null })).toEqual({ tag: 'deny', reasons: ['undecidable'] });
  });

  it('aren’t opened by a clock that nobody has', () => {
    expect(() => openClinicPolicy({ ...clinic, timeZone: 'Mars/Olympus' })).toThrow(StartError);
  });
});

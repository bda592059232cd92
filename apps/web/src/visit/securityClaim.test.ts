import { participantId, staffId } from '@sotto/protocol/ids';
import { describe, expect, it } from 'vitest';
import type { Person, VisitSnapshot } from '../call/contract.ts';
import { securityClaim, standingOfClinicians } from './securityClaim.ts';

const person = (letter: string, changes: Partial<Person> = {}): Person => ({
  participantId: participantId.parse(letter.repeat(22)),
  role: 'patient',
  clinician: null,
  name: 'Rosa',
  until: null,
  presence: 'present',
  security: 'encrypted',
  compared: false,
  stalled: false,
  microphone: { state: 'none' },
  camera: { state: 'none' },
  quality: 'unknown',
  ...changes,
});
const claim = (people: readonly Person[], changes: Partial<VisitSnapshot> = {}) =>
  securityClaim({
    phase: { tag: 'inVisit' },
    connection: 'ok',
    mediaAvailable: true,
    security: 'encrypted',
    comparison: null,
    recording: null,
    chat: [],
    confirmation: null,
    incidents: [],
    self: null,
    people,
    waiting: [],
    ...changes,
  });

describe('what is claimed of a visit', () => {
  it('is “compared” only if everybody is', () => {
    expect(claim([person('a')])).toBe('encrypted');
    expect(claim([person('a', { compared: true })])).toBe('compared');
    expect(claim([person('a', { compared: true }), person('b')])).toBe('encrypted');
    expect(claim([person('a', { compared: true, security: 'connecting' })])).toBe('connecting');
    expect(claim([])).toBe('alone');
  });

  it('says by whose word the clinicians among the others are that', () => {
    const clinician = { subject: staffId.parse('s'.repeat(22)), licence: null };
    const proven = person('a', { role: 'physician', clinician });
    const unproven = person('b', { role: 'physician' });
    expect(claim([proven])).toBe('proven');
    expect(claim([proven, person('c')])).toBe('proven');
    expect(claim([unproven])).toBe('serverOnly');
    expect(claim([proven, unproven])).toBe('serverOnly');
    expect(claim([{ ...unproven, compared: true }])).toBe('compared');
    expect(standingOfClinicians({ people: [{ ...unproven, compared: true }] })).toBe('serverOnly');
    expect(standingOfClinicians({ people: [person('c')] })).toBeNull();
  });

  it('is the gravest that is known', () => {
    const compared = person('a', { compared: true });
    expect(claim([compared, person('b', { security: 'cantVerify' })])).toBe('cantVerify');
    expect(claim([compared], { security: 'cantVerify' })).toBe('cantVerify');
    expect(claim([compared], { security: 'connecting' })).toBe('connecting');
    expect(claim([person('b', { security: 'cantVerify' })], { security: 'distrusted' })).toBe('distrusted');
  });
});

import { describe, expect, it } from 'vitest';
import { createVisitRequest, health, joinRequest, joinView, signInRequest, visit, visitQuery } from '../src/clinic.ts';

const id = 'a'.repeat(22);
const start = '2026-03-01T12:00:00.000Z';

describe('names', () => {
  const request = { patientName: 'Ana', startsAt: start, minutes: 20 };
  const nameOf = (patientName: string) => createVisitRequest.safeParse({ ...request, patientName });

  it.each(['Ana', "Siobhán O'Neill-Ó", '李小龍', 'محمد', ` ${'x'.repeat(120)} `])(
    'take what people are called (%#)',
    (name) => {
      expect(nameOf(name).data?.patientName).toBe(name.trim());
    },
  );

  it.each([
    ['nothing', ''],
    ['white space', '   '],
    ['121 characters', 'x'.repeat(121)],
    ['a line break', 'Ana\nLopez'],
    ['a null', 'Ana\u0000'],
    ['a direction override', 'Ana\u202Esnave'],
    ['a zero-width space', 'Ana\u200B'],
  ])('refuse %s', (_, name) => {
    expect(nameOf(name).success).toBe(false);
  });
});

describe('requests', () => {
  it.each([
    ['a field that is not declared', createVisitRequest, { patientName: 'A', startsAt: start, minutes: 20, id }],
    ['four minutes', createVisitRequest, { patientName: 'A', startsAt: start, minutes: 4 }],
    ['half a minute', createVisitRequest, { patientName: 'A', startsAt: start, minutes: 20.5 }],
    [
      'a time without an offset',
      createVisitRequest,
      { patientName: 'A', startsAt: '2026-03-01T12:00:00', minutes: 20 },
    ],
    ['a day that is not in the calendar', visitQuery, { from: '2026-02-30T00:00:00Z', to: start }],
    ['no password', signInRequest, { email: 'a@b.example', password: '' }],
    ['a password of 257 characters', signInRequest, { email: 'a@b.example', password: 'x'.repeat(257) }],
    ['an address that is none', signInRequest, { email: 'somebody', password: 'x' }],
    ['a secret that is too short', joinRequest, { secret: 'a'.repeat(42) }],
    ['a secret with other characters', joinRequest, { secret: `${'a'.repeat(42)}=` }],
    ['an array', joinRequest, [{ secret: 'a'.repeat(43) }]],
  ])('with %s are refused', (_, schema, value) => {
    expect(schema.safeParse(value).success).toBe(false);
  });
});

describe('answers', () => {
  const view = {
    role: 'patient',
    clinicName: 'C',
    clinicianName: 'D',
    clinicianParticipantId: id,
    patientName: 'P',
    patientId: id,
    visitId: id,
    participantId: id,
    startsAt: start,
    minutes: 20,
    status: 'open',
  };
  const row = {
    id,
    patient: { name: 'P', participantId: id },
    clinician: { name: 'D', participantId: id },
    startsAt: start,
    minutes: 20,
    status: 'open',
    invitation: { state: 'none' },
  };

  it('have exactly the declared fields', () => {
    expect(joinView.safeParse(view).success).toBe(true);
    expect(joinView.safeParse({ ...view, email: 'a@b.example' }).success).toBe(false);
    expect(joinView.safeParse({ ...view, role: 'guest', guestName: 'G', kind: 'family', endsAt: start }).success).toBe(
      false,
    );
    expect(visit.safeParse(row).success).toBe(true);
    expect(visit.safeParse({ ...row, patient: { ...row.patient, born: '1950' } }).success).toBe(false);
    expect(health.safeParse({ status: 'ok', version: '1' }).success).toBe(false);
  });

  it('say when an active invitation expires, and only then', () => {
    const state = (invitation: object) => visit.safeParse({ ...row, invitation }).success;
    expect(state({ state: 'active', expiresAt: start })).toBe(true);
    expect(state({ state: 'active' })).toBe(false);
    expect(state({ state: 'revoked', expiresAt: start })).toBe(false);
  });
});

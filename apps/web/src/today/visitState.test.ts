import { type Visit, visit } from '@sotto/protocol/clinic';
import { expect, it } from 'vitest';
import { nextVisit } from './visitState.ts';

const id = (letter: string) => letter.repeat(22);

const visitAt = (letter: string, startsAt: string, status: Visit['status'] = 'scheduled') =>
  visit.parse({
    id: id(letter),
    patient: { name: 'Patient', participantId: id('p') },
    clinician: { name: 'Clinician', participantId: id('c') },
    startsAt,
    minutes: 20,
    status,
    invitation: { state: 'none' },
  });

const early = visitAt('a', '2026-03-09T09:00:00Z');
const late = visitAt('b', '2026-03-09T11:00:00Z');
const at = (time: string) => new Date(`2026-03-09T${time}:00Z`);

it('is the earliest that is still to come', () => {
  expect(nextVisit([late, early], at('08:00'))).toBe(early);
});

it('stays for an hour after its time, for a patient who is late', () => {
  expect(nextVisit([late, early], at('10:15'))).toBe(early);
  expect(nextVisit([late, early], at('10:25'))).toBe(late);
});

it('is one that is open before any other', () => {
  const open = visitAt('d', '2026-03-09T12:00:00Z', 'open');
  expect(nextVisit([early, open], at('08:00'))).toBe(open);
});

it('is none that is over or cancelled', () => {
  const over = [visitAt('e', '2026-03-09T09:00:00Z', 'ended'), visitAt('f', '2026-03-09T09:30:00Z', 'cancelled')];
  expect(nextVisit(over, at('08:00'))).toBeNull();
});

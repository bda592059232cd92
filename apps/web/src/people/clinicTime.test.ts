import { expect, it } from 'vitest';
import { clinicInstant, clinicMoment, dayAfter } from './clinicTime.ts';

it('is told by the clinic’s clock, in summer and in winter', () => {
  const at = (date: string, time: string, zone = 'Europe/Madrid') => clinicInstant(date, time, zone)?.toISOString();
  expect(at('2026-06-17', '00:00')).toBe('2026-06-16T22:00:00.000Z');
  expect(at('2026-12-16', '00:00')).toBe('2026-12-15T23:00:00.000Z');
  expect(at('2026-03-29', '12:00')).toBe('2026-03-29T10:00:00.000Z');
  expect(at('2026-03-29', '00:00')).toBe('2026-03-28T23:00:00.000Z');
  expect(at('2026-10-25', '23:00')).toBe('2026-10-25T22:00:00.000Z');
  expect(at('2026-06-17', '08:30', 'America/Los_Angeles')).toBe('2026-06-17T15:30:00.000Z');
  expect(at('', '08:30')).toBeUndefined();
});

it('is shown as inputs take it', () => {
  expect(clinicMoment(new Date('2026-06-16T22:05:30Z'), 'Europe/Madrid')).toEqual({ day: '2026-06-17', time: '00:05' });
});

it('ends a day with the next one', () => {
  expect(dayAfter('2026-12-31')).toBe('2027-01-01');
  expect(dayAfter('2028-02-28')).toBe('2028-02-29');
  expect(dayAfter('')).toBe('');
});

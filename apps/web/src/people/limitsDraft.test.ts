import { roleLimits } from '@sotto/protocol/roleLimits';
import { expect, it } from 'vitest';
import { checkLimits, emptyDraft, type LimitProblems, type LimitsDraft } from './limitsDraft.ts';

const now = new Date('2026-06-17T12:30:00Z');
const check = (changes: Partial<LimitsDraft>) => checkLimits({ ...emptyDraft, ...changes }, 'Europe/Madrid', now);

it('is no limit where nothing is filled in', () => {
  expect(check({})).toEqual({ tag: 'fine', limits: { from: null, until: null, network: null, hours: null } });
});

it('is what the api takes, by the clinic’s clock', () => {
  const checked = check({
    ...{ firstDay: '2026-06-17', lastDay: '2026-06-17', network: ' 10.0.0.0/8 ' },
    ...{ hasHours: true, begins: '22:00', ends: '00:00', days: [6, 5] },
  });
  expect(checked).toEqual({
    tag: 'fine',
    limits: {
      ...{ from: '2026-06-16T22:00:00.000Z', until: '2026-06-17T22:00:00.000Z', network: '10.0.0.0/8' },
      hours: { from: 1320, to: 1440, days: [5, 6] },
    },
  });
  expect(roleLimits.safeParse(checked.tag === 'fine' ? checked.limits : null).success).toBe(true);
});

it.each<[string, Partial<LimitsDraft>, LimitProblems]>([
  ['a last day that is over', { lastDay: '2026-06-16' }, { lastDay: 'past' }],
  ['a last day before the first', { firstDay: '2026-07-02', lastDay: '2026-07-01' }, { lastDay: 'beforeFirst' }],
  ['what is no network', { network: 'office' }, { network: 'unreadable' }],
  ['a network that is too long', { network: '10.0.0.0/33' }, { network: 'unreadable' }],
  ['an address without its length', { network: '10.0.0.1' }, { network: 'unreadable' }],
  ['a machine of a network', { network: '10.0.0.5/8' }, { network: 'notFirst' }],
  ['no hours', { hasHours: true, begins: '' }, { hours: 'missing' }],
  ['hours that last for none', { hasHours: true, begins: '08:00', ends: '08:00' }, { hours: 'same' }],
  ['no days', { hasHours: true, days: [] }, { days: 'none' }],
  ['several at once', { network: 'x', hasHours: true, days: [] }, { network: 'unreadable', days: 'none' }],
])('says at the field what is wrong with %s', (_, changes, problems) => {
  expect(check(changes)).toEqual({ tag: 'wrong', problems });
});

it('asks nothing of hours that aren’t wanted', () => {
  expect(check({ hasHours: false, begins: '', days: [] }).tag).toBe('fine');
});

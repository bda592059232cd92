import { incident } from '@sotto/protocol/incidents';
import { expect, it } from 'vitest';
import { isClosed, stepState } from './planClock.ts';

const id = 'A'.repeat(22);
const began = Date.parse('2026-11-23T10:00:00Z');
const after = (minutes: number) => new Date(began + minutes * 60_000);

const incidentOf = (criticalAt: Date | null, steps: readonly { step: string; at: Date }[] = []) =>
  incident.parse({
    ...{ id, about: null, openedAt: after(0).toISOString(), disabling: 'none', alerts: [] },
    criticalAt: criticalAt?.toISOString() ?? null,
    steps: steps.map(({ step, at }) => ({ step, at: at.toISOString(), by: null })),
  });

it('counts down to the plan’s limit, and on from it', () => {
  const open = incidentOf(after(0));
  expect(stepState(open, 'isolated', after(0))).toEqual({ tag: 'left', minutes: 15 });
  expect(stepState(open, 'isolated', after(14.5))).toEqual({ tag: 'left', minutes: 1 });
  expect(stepState(open, 'isolated', after(15))).toEqual({ tag: 'left', minutes: 0 });
  expect(stepState(open, 'isolated', after(15.1))).toEqual({ tag: 'over', minutes: 1 });
  expect(stepState(open, 'complianceTold', after(75))).toEqual({ tag: 'over', minutes: 15 });
  expect(stepState(open, 'closed', after(60))).toEqual({ tag: 'left', minutes: 180 });
});

it('has no clock for what the plan gives no time, nor for warnings', () => {
  expect(stepState(incidentOf(after(0)), 'evidence', after(500))).toEqual({ tag: 'open' });
  expect(stepState(incidentOf(null), 'isolated', after(500))).toEqual({ tag: 'open' });
});

it('says of an incident that was closed what was left out, whatever the time', () => {
  const closed = incidentOf(after(0), [{ step: 'closed', at: after(2) }]);
  expect(stepState(closed, 'complianceTold', after(3))).toEqual({ tag: 'leftOut' });
  expect(stepState(closed, 'evidence', after(500))).toEqual({ tag: 'leftOut' });
});

it('says of what was done whether it was in time', () => {
  const done = (minutes: number) => incidentOf(after(0), [{ step: 'isolated', at: after(minutes) }]);
  expect(stepState(done(3), 'isolated', after(100))).toMatchObject({ tag: 'done', isLate: false });
  expect(stepState(done(16), 'isolated', after(100))).toMatchObject({ tag: 'done', isLate: true });
  expect(isClosed(done(3))).toBe(false);
  expect(isClosed(incidentOf(after(0), [{ step: 'closed', at: after(1) }]))).toBe(true);
});

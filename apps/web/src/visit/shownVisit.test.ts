import type { Visit } from '@sotto/protocol/clinic';
import { expect, it } from 'vitest';
import { shownVisit } from './shownVisit.ts';

const visit = (status: Visit['status']) => ({ status }) as Visit;
const open = visit('open');

it('is what was read, unless it is over', () => {
  expect(shownVisit(open, null)).toBe(open);
  expect(shownVisit(open, visit('scheduled'))).toBe(open);
  expect(shownVisit(undefined, null)).toBeNull();
  expect(shownVisit(visit('ended'), null)).toBeNull();
  expect(shownVisit(visit('cancelled'), null)).toBeNull();
});

it('stays when it ended while the page was locked, and when what was read is forgotten', () => {
  expect(shownVisit(visit('ended'), open)).toBe(open);
  expect(shownVisit(undefined, open)).toBe(open);
});

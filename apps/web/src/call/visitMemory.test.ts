import { participantId, staffId, visitId } from '@sotto/protocol/ids';
import { expect, it } from 'vitest';
import { createVisitCall } from './visitCall.ts';
import { createVisitMemory } from './visitMemory.ts';

const visit = visitId.parse('v'.repeat(22));
const ada = participantId.parse('a'.repeat(22));
const subject = staffId.parse('s'.repeat(22));

it('has who comes back into a visit told what was told before', () => {
  const memory = createVisitMemory(null);
  memory.incidents.keptOut(null, 'forgedEntry');
  expect(createVisitCall({ kind: 'patient' }, memory).getSnapshot().incidents).toEqual([
    { tag: 'keptOut', person: null, fault: 'forgedEntry' },
  ]);
});

it('keeps unequal codes until equal ones, and proven people also where the browser keeps nothing', () => {
  const memory = createVisitMemory(null);
  expect(memory.isDistrusted()).toBe(false);
  memory.compared('different');
  expect(memory.isDistrusted()).toBe(true);
  memory.compared('same');
  expect(memory.isDistrusted()).toBe(false);
  memory.proven(visit).remember([{ participantId: ada, clinician: { subject, licence: null } }]);
  expect(memory.proven(visit).has(subject)).toBe(true);
});

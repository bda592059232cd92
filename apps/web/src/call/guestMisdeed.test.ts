import { leafThumbprint, participantId, sessionId, visitId } from '@sotto/protocol/ids';
import { expect, it } from 'vitest';
import { takeAdmissionBack } from './guestMisdeed.ts';
import { openStandingAdmissions } from './standingAdmissions.ts';

const of = (letter: string, role: 'guest' | 'patient') => ({
  ...{ participantId: participantId.parse(letter.repeat(22)), leaf: leafThumbprint.parse(letter.repeat(43)), role },
});
const [sam, noor] = [of('s', 'guest'), of('n', 'patient')];
const seat = sessionId.parse('q'.repeat(22));

it.each([
  ['a guest, for certain', sam, [false, true]],
  ['the patient, who stays', noor, [true, true]],
  ['nobody known', null, [true, true]],
  ['a leaf that isn’t that person’s', { ...sam, leaf: noor.leaf }, [true, true]],
] as const)('takes back the admission of who signed what was refused: %s', (_, by, left) => {
  const admissions = openStandingAdmissions(visitId.parse('v'.repeat(22)), null);
  for (const { participantId: id } of [sam, noor]) admissions.add(id, seat);
  takeAdmissionBack(by, [sam, noor], admissions);
  expect([sam, noor].map(({ participantId: id }) => admissions.has(id, seat))).toEqual(left);
});

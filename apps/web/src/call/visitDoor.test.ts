import { leafThumbprint, participantId, sessionId, visitId } from '@sotto/protocol/ids';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openStandingAdmissions } from './standingAdmissions.ts';
import { createVisitDoor } from './visitDoor.ts';
import type { VisitSession } from './visitSession.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const sam = participantId.parse('s'.repeat(22));
const seat = sessionId.parse('q'.repeat(22));
const member = { participantId: sam, leaf: leafThumbprint.parse('l'.repeat(43)) };

/** A host's door, before a session whose group can be changed. */
function start() {
  const admissions = openStandingAdmissions(visitId.parse('v'.repeat(22)), null);
  admissions.add(sam, seat);
  const group = { inGroup: true, members: [member] };
  const asked: string[] = [];
  const session = {
    facts: () => ({ ...group, roster: [{ ...member, session: seat, presence: 'present' }] }),
    putOut: (id: string) => asked.push(id) > 0,
    admissionsChanged: () => undefined,
  } as unknown as VisitSession;
  const current = { session: session as VisitSession | null };
  const door = createVisitDoor(
    () => current.session,
    () => admissions,
    () => undefined,
  );
  return { door, admissions, group, asked, current };
}

it('says that somebody is out once they are', async () => {
  const { door, group, asked } = start();
  const outcome = vi.fn<(word: string) => void>();
  void door.putOut(sam).then(outcome);
  await vi.advanceTimersByTimeAsync(1_000);
  expect([asked, outcome.mock.calls]).toEqual([[sam], []]);
  group.members = [];
  await vi.advanceTimersByTimeAsync(200);
  expect(outcome).toHaveBeenCalledWith('done');
});

it('says that it failed where they are in still, and wants them out until they are let in again', async () => {
  const { door, admissions, current } = start();
  current.session = null;
  const outcome = door.putOut(sam);
  await vi.advanceTimersByTimeAsync(11_000);
  expect(await outcome).toBe('failed');
  expect([admissions.has(sam, seat), admissions.isPutOut(sam)]).toEqual([false, true]);
  expect(await door.admit(sam)).toBe('failed');
  expect(admissions.isPutOut(sam)).toBe(true);
});

it('forgets it when they are let in', async () => {
  const { door, admissions, group } = start();
  group.members = [];
  await door.putOut(sam);
  expect(await door.admit(sam)).toBe('done');
  expect(admissions.isPutOut(sam)).toBe(false);
});

import type { CommitOutcome, JoinOutcome } from '@sotto/e2ee';
import { groupId, leafThumbprint, participantId, sessionId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { OrderedCommit, RosterEntry } from '@sotto/protocol/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { welcomeMs } from './committerTurn.ts';
import { createGroupSession, type GroupCrypto, type LeafLoss } from './groupSession.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const group = groupId.parse('g'.repeat(43));
const [noor, ada] = [participantId.parse('n'.repeat(22)), participantId.parse('a'.repeat(22))];
const leaf = leafThumbprint.parse('l'.repeat(43));
const clinician: RosterEntry = {
  ...{ participantId: ada, role: 'physician', leaf: leafThumbprint.parse('m'.repeat(43)) },
  ...{ session: sessionId.parse('s'.repeat(22)), presence: 'present', since: 1 },
};
const commitOf = (epoch: number): OrderedCommit => ({ groupId: group, epoch, from: ada, commit: Uint8Array.of(epoch) });

/** A patient's leaf that waits for a Welcome into epoch 3, before a signaling server that keeps these commits. */
function start(kept: readonly OrderedCommit[]) {
  const losses: LeafLoss[] = [];
  const asked: number[] = [];
  const processed: number[] = [];
  const worker = {
    outcome: { tag: 'stale' } as CommitOutcome,
    joined: { tag: 'joined', epoch: 3 } as JoinOutcome,
    said: 'accepted' as 'accepted' | 'held',
  };
  const crypto = {
    processCommit: ({ epoch }: OrderedCommit) => {
      processed.push(epoch);
      return Promise.resolve(worker.outcome);
    },
    joinWelcome: () => Promise.resolve(worker.joined),
    processApplication: () => Promise.resolve({ tag: worker.said }),
    keyPackage: () => Promise.resolve(new Uint8Array(1)),
  };
  const request = (event: string, { epoch }: { epoch: number }): Promise<Result<unknown>> => {
    if (event !== 'mls:resume') return Promise.resolve(refused('unavailable'));
    asked.push(epoch);
    return Promise.resolve(accepted({ commits: kept.filter((one) => one.epoch >= epoch) }));
  };
  const session = createGroupSession({
    crypto: crypto as unknown as GroupCrypto,
    signaling: { request: request as never },
    self: { participantId: noor, role: 'patient', leaf },
    groupIdOf: () => Promise.resolve(group),
    isAdmitted: () => true,
    isPutOut: () => false,
    welcomeMs,
    onMembership: () => undefined,
    onNewcomer: () => undefined,
    onRefused: () => undefined,
    onLeafLost: (loss) => losses.push(loss),
    now: () => Date.now(),
    unixNow: () => Date.now(),
    random: () => 0,
  });
  const enter = async (...roster: RosterEntry[]) => {
    session.enter({ roster, group: { groupId: group, incarnation: 1, epoch: 3 }, producers: [] });
    await vi.advanceTimersByTimeAsync(0);
  };
  const welcome = async (incarnation = 1) => {
    session.welcome({ groupId: group, incarnation, epoch: 3, welcome: new Uint8Array(1) });
    await vi.advanceTimersByTimeAsync(0);
  };
  const doubt = async () => {
    session.doubt();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { session, worker, losses, asked, processed, enter, welcome, doubt };
}

describe('a leaf that waits for its Welcome', () => {
  it('takes it for lost after a while, with somebody there who could have added it', async () => {
    const { session, losses, enter } = start([]);
    await enter();
    await vi.advanceTimersByTimeAsync(10 * welcomeMs);
    session.setRoster([{ ...clinician, presence: 'away' }]);
    await vi.advanceTimersByTimeAsync(10 * welcomeMs);
    expect(losses).toEqual([]);
    session.setRoster([clinician]);
    await vi.advanceTimersByTimeAsync(welcomeMs - 1);
    expect(losses).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(losses).toEqual(['unwelcomed']);
  });

  it('doesn’t when it has come, nor before it was asked for', async () => {
    const { session, losses, enter, welcome } = start([]);
    session.setRoster([clinician]);
    await vi.advanceTimersByTimeAsync(2 * welcomeMs);
    await enter(clinician);
    await welcome();
    await vi.advanceTimersByTimeAsync(2 * welcomeMs);
    expect(losses).toEqual([]);
    session.close();
  });
});

describe('a member whose others can’t be opened', () => {
  it('asks for the commits from the one on that it took last, and not again at once', async () => {
    const { session, worker, losses, asked, processed, enter, welcome, doubt } = start([commitOf(2), commitOf(3)]);
    await enter(clinician);
    await welcome();
    worker.outcome = { tag: 'adopted', change: { epoch: 4, added: [], removed: [] } };
    await doubt();
    await doubt();
    expect([asked, processed, losses]).toEqual([[2], [2, 3], []]);
    await vi.advanceTimersByTimeAsync(5_000);
    worker.said = 'held';
    session.application({ groupId: group, from: ada, message: new Uint8Array(1) });
    await vi.advanceTimersByTimeAsync(0);
    expect(asked).toEqual([2, 3]);
    session.close();
  });

  it('knows by what the worker says of that commit that another was taken in its place', async () => {
    const { worker, losses, enter, welcome, doubt } = start([commitOf(2)]);
    await enter(clinician);
    await welcome();
    worker.outcome = { tag: 'forked' };
    await doubt();
    expect(losses).toEqual(['forked']);
  });

  it('knows that none was taken where signaling has none', async () => {
    const { losses, processed, enter, welcome, doubt } = start([]);
    await enter(clinician);
    await welcome();
    await doubt();
    expect([losses, processed]).toEqual([['forked'], []]);
  });
});

it('ignores a Welcome into no later group than its own', async () => {
  const { session, worker, losses, enter, welcome } = start([]);
  await enter(clinician);
  await welcome(2);
  worker.joined = { tag: 'stale' };
  session.welcome({ groupId: groupId.parse('h'.repeat(43)), incarnation: 1, epoch: 1, welcome: new Uint8Array(1) });
  await vi.advanceTimersByTimeAsync(0);
  expect(losses).toEqual([]);
  session.close();
});

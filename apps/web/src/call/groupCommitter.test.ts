import type { CommitProposal, EpochChange, LeafRef } from '@sotto/e2ee';
import { groupId, leafThumbprint, participantId, sessionId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { epochLifetimeMs } from './committerTurn.ts';
import { createGroupCommitter } from './groupCommitter.ts';
import { createSerialQueue } from './serialQueue.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const group = { groupId: groupId.parse('g'.repeat(43)), incarnation: 1, epoch: 3 };
const change: EpochChange = { epoch: 4, added: [], removed: [] };
const proposal = {
  tag: 'pending' as const,
  commit: { groupId: group.groupId, epoch: 3, commit: new Uint8Array(1), welcomes: [], removed: [] },
};

/** A committer whose worker, like the real one, throws when a commit is prepared while another is pending. */
function start(answers: Result<Record<string, never>>[], putOut: ReadonlySet<string> = new Set()) {
  const worker = { pending: false, faults: 0, updates: 0, removals: 0, withdrawn: [] as string[] };
  const propose = (count: 'updates' | 'removals', removed: LeafRef[]) => {
    if (worker.pending) return Promise.reject(new Error('wrongState'));
    worker.pending = true;
    worker[count] += 1;
    return Promise.resolve<CommitProposal>({ ...proposal, commit: { ...proposal.commit, removed } });
  };
  const settle = () => {
    worker.pending = false;
  };
  const resumed = { count: 0, isBack: false };
  const committer = createGroupCommitter({
    crypto: {
      add: (_, remove) => propose('removals', [...(remove ?? [])]),
      update: () => propose('updates', []),
      commitAccepted: () => {
        settle();
        return Promise.resolve(change);
      },
      commitRejected: () => {
        settle();
        return Promise.resolve();
      },
      withdrawRemoval: (leaf) => {
        worker.withdrawn.push(leaf);
        return Promise.resolve();
      },
    },
    signaling: { request: (() => Promise.resolve(answers.shift() ?? accepted({}))) as never },
    self: {
      participantId: participantId.parse('p'.repeat(22)),
      role: 'physician',
      leaf: leafThumbprint.parse('l'.repeat(43)),
    },
    isAdmitted: () => true,
    isPutOut: (id) => putOut.has(id),
    queue: createSerialQueue(() => {
      worker.faults += 1;
    }),
    group: () => group,
    onAdopted: (adopted) => {
      committer.adopted(adopted);
    },
    resume: async () => {
      resumed.count += 1;
      if (resumed.isBack) await committer.rejectPending();
    },
    onLost: () => undefined,
    onRefused: () => undefined,
    now: () => Date.now(),
    unixNow: () => Date.now(),
    random: () => 0,
  });
  committer.groupChanged();
  return { committer, worker, resumed };
}

describe('a commit that is never answered', () => {
  it('is not prepared a second time until its fate is known, and costs no leaf', async () => {
    const { committer, worker, resumed } = start([refused('unavailable')]);
    await vi.advanceTimersByTimeAsync(epochLifetimeMs + 60_000);
    expect(worker).toMatchObject({ pending: true, faults: 0, updates: 1 });
    expect(resumed.count).toBeGreaterThan(1);
    resumed.isBack = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(worker).toMatchObject({ faults: 0 });
    expect(worker.updates).toBeGreaterThan(1);
    committer.close();
  });
});

describe('the renewal of keys', () => {
  const minutes = (count: number) => vi.advanceTimersByTimeAsync(count * 60_000);

  it('waits for people who compare codes, until they have', async () => {
    const { committer, worker } = start([]);
    await minutes(4.5);
    committer.comparing(true);
    await minutes(1);
    expect(worker.updates).toBe(0);
    committer.comparing(false);
    await minutes(0.1);
    expect(worker.updates).toBeGreaterThan(0);
    committer.close();
  });

  it('waits for no longer than two minutes, and never until sealing stops', async () => {
    const early = start([]);
    await minutes(3.25);
    early.committer.comparing(true);
    await minutes(1.95);
    expect(early.worker.updates).toBe(0);
    await minutes(0.15);
    expect(early.worker.updates).toBeGreaterThan(0);
    early.committer.close();

    const late = start([]);
    await minutes(4.9);
    late.committer.comparing(true);
    await minutes(0.7);
    expect(late.worker.updates).toBe(0);
    await minutes(0.2);
    expect(late.worker.updates).toBeGreaterThan(0);
    late.committer.close();
  });

  it('is all that waits: who is to go goes at once', async () => {
    const { committer, worker } = start([]);
    committer.comparing(true);
    committer.remove({
      participantId: participantId.parse('q'.repeat(22)),
      leaf: leafThumbprint.parse('m'.repeat(43)),
    });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(worker.removals).toBeGreaterThan(0);
    committer.close();
  });
});

describe('a removal that is refused', () => {
  const patient = { participantId: participantId.parse('q'.repeat(22)), leaf: leafThumbprint.parse('m'.repeat(43)) };

  it('is withdrawn once it is not wanted any more, for the worker seals nothing until then', async () => {
    const { committer, worker } = start([refused('forbidden')]);
    committer.remove(patient);
    while (worker.removals === 0) await vi.advanceTimersByTimeAsync(10);
    expect(worker).toMatchObject({ removals: 1, updates: 0, pending: false });
    committer.setRoster([
      { ...patient, role: 'patient', presence: 'present', since: 0, session: sessionId.parse('s'.repeat(22)) },
    ]);
    await vi.advanceTimersByTimeAsync(300);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(worker).toMatchObject({ removals: 1, updates: 0, pending: false, faults: 0, withdrawn: [patient.leaf] });
    committer.close();
  });

  it('is asked for again as long as it is wanted', async () => {
    const { committer, worker } = start([refused('forbidden'), refused('forbidden')]);
    committer.remove(patient);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(worker.removals).toBeGreaterThan(2);
    expect(worker).toMatchObject({ updates: 0, withdrawn: [] });
    committer.close();
  });
});

describe('a guest', () => {
  const guest = { participantId: participantId.parse('g'.repeat(22)), leaf: leafThumbprint.parse('h'.repeat(43)) };
  const listed = [
    { ...guest, role: 'guest', presence: 'present', since: 0, session: sessionId.parse('s'.repeat(22)) },
  ] as const;

  it('is taken out when the time is over, whatever signaling says of them', async () => {
    const { committer, worker } = start([]);
    committer.setRoster(listed);
    committer.setEndings([{ ...guest, expiresAt: Date.now() / 1000 + 60 }]);
    await vi.advanceTimersByTimeAsync(57_000);
    expect(worker.removals).toBe(0);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(worker.removals).toBeGreaterThan(0);
    // Asked for again while they are there: a server may have kept the commit back.
    const before = worker.removals;
    committer.setRoster(listed);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(worker.removals).toBeGreaterThan(before);
    expect(worker.withdrawn).toEqual([]);
    committer.settled();
    committer.adopted({ ...change, removed: [guest] });
    const after = worker.removals;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(worker.removals).toBe(after);
    committer.close();
  });

  it('is taken out of a group that this leaf got into after it was told of their time', async () => {
    const { committer, worker } = start([]);
    committer.setEndings([{ ...guest, expiresAt: Date.now() / 1000 - 1 }]);
    committer.groupChanged();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(worker.removals).toBeGreaterThan(0);
    committer.close();
  });

  it('is put out at once by the host’s word', async () => {
    const { committer, worker } = start([]);
    committer.setRoster(listed);
    committer.putOut(guest);
    await vi.advanceTimersByTimeAsync(50);
    expect(worker.removals).toBe(1);
    committer.close();
  });
});

it('takes out again whom its host took out with another leaf, in the order of both ways in', async () => {
  const guest = { participantId: participantId.parse('g'.repeat(22)), leaf: leafThumbprint.parse('h'.repeat(43)) };
  const member = { ...guest, role: 'guest', clinician: null, leafIndex: 1, isSelf: false, name: 'Sam' } as const;
  for (const isTold of ['first', 'last']) {
    const { committer, worker } = start([], new Set([guest.participantId]));
    if (isTold === 'first') {
      committer.setMembers([member]);
      committer.groupChanged();
    } else {
      committer.groupChanged();
      committer.setMembers([member]);
    }
    await vi.advanceTimersByTimeAsync(50);
    expect(worker.removals).toBe(1);
    committer.close();
  }
  const { committer, worker } = start([]);
  committer.setMembers([member]);
  await vi.advanceTimersByTimeAsync(50);
  expect(worker.removals).toBe(0);
  committer.close();
});

describe('a leaf of the group that signaling lists as anything else', () => {
  const who = { participantId: participantId.parse('q'.repeat(22)), leaf: leafThumbprint.parse('m'.repeat(43)) };
  const entry = { ...who, role: 'patient', since: 0, session: sessionId.parse('s'.repeat(22)) } as const;
  const member = { ...who, role: 'patient', clinician: null, leafIndex: 1, isSelf: false, name: 'Noor' } as const;

  it.each([
    ['at the door', { presence: 'waiting' }, true],
    ['with another leaf', { presence: 'present', leaf: leafThumbprint.parse('x'.repeat(43)) }, true],
    ['cut off', { presence: 'away' }, false],
  ] as const)('goes or stays: %s', async (_, changes, goes) => {
    const { committer, worker } = start([]);
    committer.setMembers([member]);
    committer.setRoster([{ ...entry, ...changes }]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(worker.removals > 0).toBe(goes);
    committer.close();
  });
});

import { BenchGroup, joinerOf, ordered, pending, welcomeOf } from './group.ts';

/** What the steps of a group of so many took, in ms, from the page's call to the worker's answer. */
export interface MembershipTimes {
  readonly add: number[];
  readonly join: number[];
  readonly process: number[];
  readonly remove: number[];
}

async function timed<T>(times: number[], work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  times.push(performance.now() - started);
  return result;
}

/** @param size members once the one has joined that is added and removed in each round */
export async function measureMembership(size: number, rounds: number): Promise<MembershipTimes> {
  const times: MembershipTimes = { add: [], join: [], process: [], remove: [] };
  const group = await BenchGroup.open();
  const { physician } = group;
  const witness = size > 2 ? await group.enter() : null;
  await group.addIdle(Math.max(0, size - 3));
  if (witness !== null) {
    const commit = pending(await physician.crypto.add([await joinerOf(witness)]));
    await physician.crypto.commitAccepted();
    await witness.crypto.joinWelcome(welcomeOf(commit));
  }
  for (let round = 0; round < rounds; round += 1) {
    const leaf = await group.enter();
    const joiner = await joinerOf(leaf);
    const added = await timed(times.add, async () => {
      const commit = pending(await physician.crypto.add([joiner]));
      await physician.crypto.commitAccepted();
      return commit;
    });
    const joined = await timed(times.join, () => leaf.crypto.joinWelcome(welcomeOf(added)));
    if (joined.tag !== 'joined') throw new Error(joined.tag);
    // Of two, the one that is removed processes a renewal.
    const follower = witness ?? leaf;
    const processed = witness === null ? await renewal() : ordered(added, physician);
    const outcome = await timed(times.process, () => follower.crypto.processCommit(processed));
    if (outcome.tag !== 'adopted') throw new Error(outcome.tag);
    const removed = await timed(times.remove, async () => {
      const commit = pending(
        await physician.crypto.remove([{ participantId: joiner.participantId, leaf: joiner.leaf }]),
      );
      await physician.crypto.commitAccepted();
      return commit;
    });
    await witness?.crypto.processCommit(ordered(removed, physician));
    await leaf.crypto.close();
  }
  await witness?.crypto.close();
  await physician.crypto.close();
  return times;

  async function renewal() {
    const commit = pending(await physician.crypto.update());
    await physician.crypto.commitAccepted();
    return ordered(commit, physician);
  }
}

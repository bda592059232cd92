import { describe, expect, test } from 'vitest';
import { FakeTime, LocalLeaf } from './localLeaf.ts';
import { person, Visit } from './visit.ts';

const minutes = (count: number): number => count * 60;

/** A physician and so many patients, all in one group, on a clock that stands still. */
async function groupOf(patients: number) {
  const [visit, time] = [await Visit.open(), new FakeTime()];
  const physician = await LocalLeaf.enter(visit, person('physician', 'P'), time);
  await physician.call('createGroup', { incarnation: 1 });
  const others: LocalLeaf[] = [];
  for (let count = 0; count < patients; count += 1) {
    others.push(await LocalLeaf.enter(visit, person('patient', `T${String(count)}`), time));
  }
  const commit = await physician.commit(others);
  for (const other of others) expect(await other.join(commit)).toBe('joined');
  return { visit, time, physician, others, all: [physician, ...others] };
}

async function renew(by: LocalLeaf, all: readonly LocalLeaf[]): Promise<void> {
  const commit = await by.commit([]);
  for (const one of all) if (one !== by) expect(await one.follow(by, commit)).toBe('adopted');
}

const epochsOf = (all: readonly LocalLeaf[]): number[] => [...new Set(all.map(({ epoch }) => epoch))];
const sealingOf = (all: readonly LocalLeaf[]): string[] => [...new Set(all.map(({ sealing }) => sealing))];

describe('twenty people', () => {
  test('come in by one commit, renew in turn, leave several at once, and come back', async () => {
    const { visit, time, physician, others, all } = await groupOf(19);
    for (const one of all) expect(one.members).toEqual(physician.members);
    expect([physician.members.length, epochsOf(all)]).toEqual([20, [1]]);
    for (const by of [others[3], others[18], physician]) if (by !== undefined) await renew(by, all);
    expect(epochsOf(all)).toEqual([4]);

    const [leaving, staying] = [others.slice(0, 5), [physician, ...others.slice(5)]];
    const commit = await physician.commit([], leaving);
    expect(commit.change.removed.length).toBe(5);
    for (const one of staying.slice(1)) expect(await one.follow(physician, commit)).toBe('adopted');
    for (const one of leaving) expect(await one.follow(physician, commit)).toBe('removedSelf');
    expect([physician.members.length, epochsOf(staying)]).toEqual([15, [5]]);

    const back = await Promise.all(leaving.map(({ who }) => LocalLeaf.enter(visit, who, time)));
    const added = await physician.commit(back);
    for (const one of staying.slice(1)) expect(await one.follow(physician, added)).toBe('adopted');
    for (const one of back) expect(await one.join(added)).toBe('joined');
    expect(epochsOf([...staying, ...back])).toEqual([6]);
    for (const one of back) expect(one.members).toEqual(physician.members);
    time.pass(1);
    expect(sealingOf([...staying, ...back])).toEqual(['sealing']);
  });

  test('of whom many reconnect at once are put back by one commit, old leaves out', async () => {
    const { visit, time, physician, others } = await groupOf(6);
    const back = await Promise.all(others.map(({ who }) => LocalLeaf.enter(visit, who, time)));
    const commit = await physician.commit(back);
    expect([commit.removed.length, commit.change.added.length]).toEqual([6, 6]);
    for (const one of others) expect(await one.follow(physician, commit)).toBe('removedSelf');
    for (const one of back) expect(await one.join(commit)).toBe('joined');
    expect([physician.members.length, epochsOf([physician, ...back])]).toEqual([7, [2]]);
  });

  test('that two add at once: one commit counts, the other is made anew', async () => {
    const { visit, time, physician, others, all } = await groupOf(2);
    const second = await LocalLeaf.enter(visit, person('physician', 'Q'), time);
    const joined = await physician.commit([second]);
    for (const one of others) await one.follow(physician, joined);
    await second.join(joined);
    const [one, other] = [
      await LocalLeaf.enter(visit, person('patient', 'A'), time),
      await LocalLeaf.enter(visit, person('patient', 'B'), time),
    ];
    await second.propose([other]);
    const first = await physician.commit([one]);
    await second.call('commitRejected', {});
    for (const member of [...others, second]) expect(await member.follow(physician, first)).toBe('adopted');
    expect(await one.join(first)).toBe('joined');
    const again = await second.commit([other]);
    for (const member of [...all, one]) expect(await member.follow(second, again)).toBe('adopted');
    expect(await other.join(again)).toBe('joined');
    expect(epochsOf([...all, second, one, other])).toEqual([4]);
    expect(other.members.length).toBe(6);
  });
});

describe('time', () => {
  test('of an hour goes by with a fresh epoch every five minutes, whose committer rotates; nobody stops sealing', async () => {
    const { time, all } = await groupOf(2);
    const committers = new Set<LocalLeaf>();
    for (let renewal = 0; renewal < 12; renewal += 1) {
      time.pass(minutes(5));
      expect(sealingOf(all)).toEqual(['sealing']);
      const by = all[(all[0]?.epoch ?? 0) % all.length];
      if (by === undefined) throw new Error('nobody');
      committers.add(by);
      await renew(by, all);
    }
    time.pass(1);
    expect([epochsOf(all), sealingOf(all), committers.size]).toEqual([[13], ['sealing'], 3]);
  });

  test('without one ends the sealing after six minutes, until there is one', async () => {
    const { time, physician, all } = await groupOf(1);
    time.pass(minutes(6));
    expect(sealingOf(all)).toEqual(['sealing']);
    time.pass(1);
    expect(sealingOf(all)).toEqual(['epochTooOld']);
    await renew(physician, all);
    time.pass(1);
    expect(sealingOf(all)).toEqual(['sealing']);
  });

  test('that one sleeps, of ten minutes, is made up for by what was missed, in order', async () => {
    const { time, physician, others } = await groupOf(2);
    const [awake, asleep] = others;
    if (awake === undefined || asleep === undefined) throw new Error('nobody');
    const missed = [];
    for (const by of [physician, awake]) {
      time.pass(minutes(5), [physician, awake]);
      const commit = await by.commit([]);
      missed.push({ by, commit });
      expect(await (by === physician ? awake : physician).follow(by, commit)).toBe('adopted');
    }
    time.pass(0);
    expect(asleep.sealing).toBe('epochTooOld');
    expect([physician.sealing, awake.sealing]).toEqual(['sealing', 'sealing']);
    const [first, second] = missed;
    if (first === undefined || second === undefined) throw new Error('nothing missed');
    expect(await asleep.follow(second.by, second.commit)).toBe('forked');
    for (const { by, commit } of missed) expect(await asleep.follow(by, commit)).toBe('adopted');
    time.pass(1);
    expect(epochsOf([physician, awake, asleep])).toEqual([3]);
    expect(asleep.sealing).toBe('sealing');
  });

  test('that one sleeps and nobody kept what was missed: the person comes back as a new leaf', async () => {
    const { visit, time, physician, others } = await groupOf(2);
    const [awake, asleep] = others;
    if (awake === undefined || asleep === undefined) throw new Error('nobody');
    for (let renewal = 0; renewal < 2; renewal += 1) {
      time.pass(minutes(5), [physician, awake]);
      await renew(physician, [physician, awake]);
    }
    const back = await LocalLeaf.enter(visit, asleep.who, time);
    const commit = await physician.commit([back]);
    expect(await asleep.follow(physician, commit)).toBe('forked');
    expect(await awake.follow(physician, commit)).toBe('adopted');
    expect(await back.join(commit)).toBe('joined');
    expect(back.members).toEqual([physician.ref.leaf, awake.ref.leaf, back.ref.leaf]);
    time.pass(1);
    expect(sealingOf([physician, awake, back])).toEqual(['sealing']);
  });
});

describe('a guest', () => {
  /** Besides, for ten minutes. */
  async function withGuest() {
    const group = await groupOf(1);
    const { visit, time, physician, others } = group;
    const [patient] = others;
    if (patient === undefined) throw new Error('nobody');
    const guest = await LocalLeaf.enter(visit, person('guest', 'G'), time, { exp: time.unix + minutes(10) });
    const commit = await physician.commit([guest]);
    await patient.follow(physician, commit);
    await guest.join(commit);
    return { ...group, patient, guest };
  }

  test('is out when the time is over: nothing is sealed any more that they could open', async () => {
    const { time, physician, patient, guest } = await withGuest();
    const all = [physician, patient, guest];
    expect(patient.latest.endings?.members).toContainEqual({ ...guest.ref, expiresAt: time.unix + minutes(10) });
    time.pass(minutes(5));
    await renew(physician, all);
    time.pass(minutes(5) - 1);
    expect(sealingOf(all)).toEqual(['sealing']);
    time.pass(2);
    expect(sealingOf(all)).toEqual(['credentialExpired']);
    // A renewal with them in it changes nothing.
    await renew(physician, all);
    time.pass(1);
    expect(sealingOf(all)).toEqual(['credentialExpired']);
    const commit = await physician.commit([], [guest]);
    expect(await patient.follow(physician, commit)).toBe('adopted');
    time.pass(1);
    expect(sealingOf([physician, patient])).toEqual(['sealing']);
    // A server that tells them nothing leaves them with keys that nobody seals with.
    expect([guest.sealing, guest.epoch < physician.epoch]).toEqual(['credentialExpired', true]);
    expect(await guest.follow(physician, commit)).toBe('removedSelf');
    expect(guest.members).toEqual([]);
  });

  test('is taken out by a patient too, once the time is over, and not sooner', async () => {
    const { time, physician, patient, guest } = await withGuest();
    const refused = { tag: 'refused', reason: 'notEntitled', leaf: null };
    expect(await patient.propose([], [guest])).toEqual(refused);
    time.pass(minutes(5));
    await renew(patient, [physician, patient, guest]);
    time.pass(minutes(5));
    const commit = await patient.commit([], [guest]);
    expect(await physician.follow(patient, commit)).toBe('adopted');
    time.pass(1);
    expect(sealingOf([physician, patient])).toEqual(['sealing']);
  });

  test('brings nobody in, puts nobody out, opens no group', async () => {
    const { visit, time, physician, patient, guest } = await withGuest();
    const friend = await LocalLeaf.enter(visit, person('physician', 'F'), time);
    const refused = { tag: 'refused', reason: 'notEntitled', leaf: null };
    expect(await guest.propose([friend])).toEqual(refused);
    for (const other of [physician, patient]) expect(await guest.propose([], [other])).toEqual(refused);
    await expect(guest.call('createGroup', { incarnation: 2 })).rejects.toThrow('wrongState');
    await renew(guest, [physician, patient, guest]);
  });

  test('stays longer by a new credential, in a new leaf that a physician adds', async () => {
    const { visit, time, physician, patient, guest } = await withGuest();
    time.pass(minutes(5));
    const longer = await LocalLeaf.enter(visit, guest.who, time, { exp: time.unix + minutes(20) });
    const commit = await physician.commit([longer]);
    expect(await patient.follow(physician, commit)).toBe('adopted');
    expect(await longer.join(commit)).toBe('joined');
    expect(commit.removed).toEqual([guest.ref]);
    time.pass(minutes(5));
    expect(sealingOf([physician, patient, longer])).toEqual(['sealing']);
  });
});

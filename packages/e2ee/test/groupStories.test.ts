import { participantId, producerId } from '@sotto/protocol/ids';
import { afterEach, describe, expect, test } from 'vitest';
import { CallCryptoError } from '../src/index.ts';
import { type Client, deliver, joinRequest, leafOf, pending, person, seconds, Visit, visitOfTwo } from './visit.ts';

let visit: Visit;
afterEach(() => visit.close());

async function two(): Promise<{ physician: Client; patient: Client }> {
  const opened = await visitOfTwo();
  visit = opened.visit;
  return opened;
}

const idOf = ({ who }: Client) => participantId.parse(who.participantId);
const epochOf = async ({ crypto: own }: Client): Promise<number | null> => (await own.stats()).epoch;
const peopleSeenBy = ({ latest }: Client) => latest.members?.members ?? [];
const leavesSeenBy = (client: Client): string[] => peopleSeenBy(client).map(({ leaf }) => leaf);
const tell = (to: Client, from: Client, message: Uint8Array<ArrayBuffer>) =>
  to.crypto.processApplication({ from: idOf(from), message });

/** The person's browser starts anew and is added again by somebody else in the group. */
async function rejoin(gone: Client, by: Client, others: Client[] = []) {
  const back = await visit.enter(gone.who);
  const commit = pending(await by.crypto.add([await joinRequest(back)]));
  const { processed, joined } = await deliver(by, commit, [gone, ...others], [back]);
  return { back, commit, processed, joined };
}

describe('joining', () => {
  test('a physician lets a patient in, and both see the same verified people', async () => {
    const { physician, patient } = await two();
    expect([await epochOf(physician), await epochOf(patient)]).toEqual([1, 1]);
    expect(leavesSeenBy(physician)).toEqual([physician.crypto.leaf, patient.crypto.leaf]);
    expect(leavesSeenBy(patient)).toEqual(leavesSeenBy(physician));
    expect(peopleSeenBy(patient)[0]).toEqual({
      ...leafOf(physician),
      role: 'physician',
      clinician: null,
      leafIndex: 0,
      isSelf: false,
      name: null,
    });
    expect((await physician.crypto.stats()).suite).toBe('MLS_256_XWING_AES256GCM_SHA512_Ed25519');
  });

  test('names come inside the group and are checked against the credential', async () => {
    const { physician, patient } = await two();
    expect(await tell(patient, physician, await physician.crypto.introduce())).toEqual({ tag: 'accepted' });
    expect(await tell(physician, patient, await patient.crypto.introduce())).toEqual({ tag: 'accepted' });
    expect(peopleSeenBy(patient).map(({ name }) => name)).toEqual(['Dr Ada Quist', 'Noor Vale']);
    expect(peopleSeenBy(physician).map(({ name }) => name)).toEqual(['Dr Ada Quist', 'Noor Vale']);
  });

  test('a message that comes again is dropped, and the group goes on', async () => {
    const { physician, patient } = await two();
    const messages = [await patient.crypto.introduce(), await patient.crypto.introduce()];
    for (const one of messages) expect(await tell(physician, patient, one)).toEqual({ tag: 'accepted' });
    for (const one of messages) expect(await tell(physician, patient, one)).toEqual({ tag: 'dropped' });
    expect(await tell(physician, patient, await patient.crypto.introduce())).toEqual({ tag: 'accepted' });
  });

  test('a Welcome opens once', async () => {
    visit = await Visit.open();
    const physician = await visit.enter(person('physician', 'A'));
    const patient = await visit.enter(person('patient', 'B'));
    const { groupId } = await physician.crypto.createGroup(1);
    const { welcomes } = pending(await physician.crypto.add([await joinRequest(patient)]));
    const [welcome] = welcomes;
    const invitation = { groupId, incarnation: 1, epoch: 1, welcome: welcome?.welcome ?? new Uint8Array() };
    expect(await patient.crypto.joinWelcome(invitation)).toEqual({ tag: 'joined', epoch: 1 });
    expect(await patient.crypto.joinWelcome(invitation)).toEqual({ tag: 'stale' });
  });

  test('a Welcome to another group than the visit’s incarnation is refused', async () => {
    visit = await Visit.open();
    const physician = await visit.enter(person('physician', 'A'));
    const patient = await visit.enter(person('patient', 'B'));
    const { groupId } = await physician.crypto.createGroup(1);
    const { welcomes } = pending(await physician.crypto.add([await joinRequest(patient)]));
    const welcome = welcomes[0]?.welcome ?? new Uint8Array();
    const refused = { tag: 'rejected', reason: 'otherGroup' };
    expect(await patient.crypto.joinWelcome({ groupId, incarnation: 2, epoch: 1, welcome })).toEqual(refused);
    const other = await (await visit.enter(person('physician', 'C'))).crypto.createGroup(2);
    expect(await patient.crypto.joinWelcome({ ...other, incarnation: 2, epoch: 1, welcome })).toEqual(refused);
  });

  test('several people come in by one commit', async () => {
    const { physician, patient } = await two();
    const [second, third] = [await visit.enter(person('physician', 'C')), await visit.enter(person('patient', 'D'))];
    const commit = pending(await physician.crypto.add([await joinRequest(second), await joinRequest(third)]));
    const { joined } = await deliver(physician, commit, [patient], [second, third]);
    expect(joined).toEqual([
      { tag: 'joined', epoch: 2 },
      { tag: 'joined', epoch: 2 },
    ]);
    for (const client of [patient, second, third]) expect(leavesSeenBy(client)).toEqual(leavesSeenBy(physician));
  });
});

describe('coming back', () => {
  test('a patient who reloads is put back by the physician; the old leaf is out', async () => {
    const { physician, patient } = await two();
    const { back, commit, processed, joined } = await rejoin(patient, physician);
    expect(commit.removed).toEqual([leafOf(patient)]);
    expect(processed).toEqual([{ tag: 'removedSelf' }]);
    expect(joined).toEqual([{ tag: 'joined', epoch: 2 }]);
    expect(leavesSeenBy(back)).toEqual([physician.crypto.leaf, back.crypto.leaf]);
    expect(await tell(back, physician, await physician.crypto.introduce())).toEqual({ tag: 'accepted' });
    expect(await tell(patient, physician, await physician.crypto.introduce())).toEqual({ tag: 'dropped' });
    expect(peopleSeenBy(patient)).toEqual([]);
  });

  test('a physician who reloads is put back by the patient', async () => {
    const { physician, patient } = await two();
    const { back, processed, joined } = await rejoin(physician, patient);
    expect(processed).toEqual([{ tag: 'removedSelf' }]);
    expect(joined).toEqual([{ tag: 'joined', epoch: 2 }]);
    expect(leavesSeenBy(patient)).toEqual([back.crypto.leaf, patient.crypto.leaf]);
    expect(peopleSeenBy(back).find(({ isSelf }) => isSelf)?.leafIndex).toBe(0);
  });

  test('nobody is put back by an older credential than the one in the group', async () => {
    const { physician, patient } = await two();
    const earlier = await visit.enter(physician.who, { iat: Math.floor(Date.now() / 1000) - 60 });
    const proposal = await patient.crypto.add([await joinRequest(earlier)]);
    expect(proposal).toEqual({ tag: 'refused', reason: 'outdated', leaf: null });
  });

  test('a new incarnation takes everybody out of the group before', async () => {
    const { physician, patient } = await two();
    const first = physician.latest.epoch?.groupId;
    const { groupId } = await physician.crypto.createGroup(2);
    expect(groupId).not.toBe(first);
    const commit = pending(await physician.crypto.add([await joinRequest(patient)]));
    const { joined } = await deliver(physician, commit, [], [patient], 2);
    expect(joined).toEqual([{ tag: 'joined', epoch: 1 }]);
    expect(leavesSeenBy(patient)).toEqual([physician.crypto.leaf, patient.crypto.leaf]);
    await expect(physician.crypto.createGroup(2)).rejects.toThrow(new CallCryptoError('wrongState'));
  });
});

describe('removing', () => {
  test('a physician puts a patient out, who can read nothing more', async () => {
    const { physician, patient } = await two();
    const commit = pending(await physician.crypto.remove([leafOf(patient)]));
    expect(commit.welcomes).toEqual([]);
    const { processed } = await deliver(physician, commit, [patient], []);
    expect(processed).toEqual([{ tag: 'removedSelf' }]);
    expect(leavesSeenBy(physician)).toEqual([physician.crypto.leaf]);
    expect(await tell(patient, physician, await physician.crypto.introduce())).toEqual({ tag: 'dropped' });
    expect(patient.latest.sealing).toEqual({ tag: 'stopped', reason: 'removed' });
    expect((await physician.crypto.stats()).epoch).toBe(2);
  });

  test('a patient can’t put the physician out, nor bring anybody in', async () => {
    const { physician, patient } = await two();
    const friend = await visit.enter(person('patient', 'E'));
    expect(await patient.crypto.remove([leafOf(physician)])).toEqual({
      tag: 'refused',
      reason: 'notEntitled',
      leaf: null,
    });
    expect(await patient.crypto.add([await joinRequest(friend)])).toMatchObject({ reason: 'notEntitled' });
    await expect(patient.crypto.createGroup(2)).rejects.toThrow(new CallCryptoError('wrongState'));
  });

  test('who is gone already isn’t removed again', async () => {
    const { physician, patient } = await two();
    await deliver(physician, pending(await physician.crypto.remove([leafOf(patient)])), [], []);
    expect(await physician.crypto.remove([leafOf(patient)])).toEqual({ tag: 'nothing' });
  });

  test('a removal that signaling doesn’t confirm stops sealing', async () => {
    const { physician, patient } = await two();
    await physician.crypto.remove([leafOf(patient)]);
    await expect
      .poll(() => physician.latest.sealing, { timeout: 6_000 })
      .toEqual({
        tag: 'stopped',
        reason: 'removalPending',
      });
    await physician.crypto.commitAccepted();
    await expect.poll(() => physician.latest.sealing).toEqual({ tag: 'sealing' });
  });

  test('who is to go doesn’t put it off by commits of their own', async () => {
    const { physician, patient } = await two();
    await physician.crypto.remove([leafOf(patient)]);
    await physician.crypto.commitRejected();
    for (let commits = 0; commits < 4; commits += 1) {
      await deliver(patient, pending(await patient.crypto.update()), [physician], []);
      await seconds(1);
    }
    expect(physician.latest.sealing).toEqual({ tag: 'stopped', reason: 'removalPending' });
    await physician.crypto.withdrawRemoval(leafOf(patient).leaf);
    await expect.poll(() => physician.latest.sealing).toEqual({ tag: 'sealing' });
  });
});

describe('order', () => {
  test('a path renews the committer’s keys and makes a new epoch', async () => {
    const { physician, patient } = await two();
    const commit = pending(await patient.crypto.update());
    expect(commit).toMatchObject({ welcomes: [], removed: [], epoch: 1 });
    const { processed } = await deliver(patient, commit, [physician], []);
    expect(processed).toEqual([{ tag: 'adopted', change: { epoch: 2, added: [], removed: [] } }]);
    expect(await tell(physician, patient, await patient.crypto.introduce())).toEqual({ tag: 'accepted' });
  });

  test('a leaf whose commits are refused without end gives up, and begins anew in the next epoch', async () => {
    const { physician, patient } = await two();
    for (let commits = 0; commits < 64; commits += 1) {
      pending(await physician.crypto.update());
      await physician.crypto.commitRejected();
    }
    await expect(physician.crypto.update()).rejects.toThrow(new CallCryptoError('wrongState'));
    await deliver(patient, pending(await patient.crypto.update()), [physician], []);
    pending(await physician.crypto.update());
  });

  test('of two commits at once the one that came first counts', async () => {
    const { physician, patient } = await two();
    const lost = pending(await physician.crypto.update());
    const won = pending(await patient.crypto.update());
    expect(lost.epoch).toBe(won.epoch);
    await physician.crypto.commitRejected();
    await deliver(patient, won, [physician], []);
    expect(await tell(patient, physician, await physician.crypto.introduce())).toEqual({ tag: 'accepted' });
    await expect(physician.crypto.commitAccepted()).rejects.toThrow(new CallCryptoError('wrongState'));
  });

  test('one’s own commit coming back is adopted, and once only', async () => {
    const { physician, patient } = await two();
    const { groupId, epoch, commit } = pending(await physician.crypto.update());
    const echo = { groupId, epoch, from: idOf(physician), commit };
    expect(await physician.crypto.processCommit(echo)).toMatchObject({ tag: 'adopted' });
    expect(await physician.crypto.processCommit(echo)).toEqual({ tag: 'stale' });
    expect(await patient.crypto.processCommit(echo)).toMatchObject({ tag: 'adopted' });
  });

  test('a commit delivered again is stale, another one for the same epoch is a fork, a later one too', async () => {
    const { physician, patient } = await two();
    const other = pending(await patient.crypto.update());
    await patient.crypto.commitRejected();
    const { groupId, epoch, commit } = pending(await physician.crypto.update());
    await physician.crypto.commitAccepted();
    const delivery = { groupId, epoch, from: idOf(physician), commit };
    expect(await patient.crypto.processCommit(delivery)).toMatchObject({ tag: 'adopted' });
    expect(await patient.crypto.processCommit(delivery)).toEqual({ tag: 'stale' });
    expect(await physician.crypto.processCommit({ ...delivery, from: idOf(patient), commit: other.commit })).toEqual({
      tag: 'forked',
    });
    expect(await patient.crypto.processCommit({ ...delivery, epoch: 7 })).toEqual({ tag: 'forked' });
  });

  test('a commit under another name than its sender’s is refused', async () => {
    const { physician, patient } = await two();
    const { groupId, epoch, commit } = pending(await physician.crypto.update());
    const delivery = { groupId, epoch, from: idOf(patient), commit };
    expect(await patient.crypto.processCommit(delivery)).toEqual({ tag: 'rejected', reason: 'sender' });
    // Neither of the two has done anything.
    expect(patient.heard.commitRefused).toEqual([{ reason: 'sender', by: null }]);
    expect(await patient.crypto.processCommit({ ...delivery, from: idOf(physician) })).toMatchObject({
      tag: 'adopted',
    });
  });

  test('a changed commit changes nothing', async () => {
    const { physician, patient } = await two();
    const { groupId, epoch, commit } = pending(await physician.crypto.update());
    for (const at of [0, 5, 60, Math.floor(commit.length / 2), commit.length - 1]) {
      const changed = Uint8Array.from(commit);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const outcome = await patient.crypto.processCommit({ groupId, epoch, from: idOf(physician), commit: changed });
      expect(['rejected', 'forked']).toContain(outcome.tag);
    }
    expect(await epochOf(patient)).toBe(1);
    const { processed } = await deliver(
      physician,
      { groupId, epoch, commit, welcomes: [], removed: [] },
      [patient],
      [],
    );
    expect(processed[0]?.tag).toBe('adopted');
  });

  test('a message of the next epoch waits for its commit', async () => {
    const { physician, patient } = await two();
    const { groupId, epoch, commit } = pending(await physician.crypto.update());
    await physician.crypto.commitAccepted();
    expect(await tell(patient, physician, await physician.crypto.introduce())).toEqual({ tag: 'held' });
    await patient.crypto.processCommit({ groupId, epoch, from: idOf(physician), commit });
    expect(peopleSeenBy(patient)[0]?.name).toBe('Dr Ada Quist');
  });

  test('messages of the epoch before still count when they come late, however the epoch ended', async () => {
    const { physician, patient } = await two();
    const [early, late] = [await patient.crypto.introduce(), await patient.crypto.announceTracks([])];
    const commit = pending(await physician.crypto.update());
    expect(await tell(physician, patient, early)).toEqual({ tag: 'accepted' });
    await deliver(physician, commit, [patient], []);
    expect(await tell(physician, patient, late)).toEqual({ tag: 'accepted' });
  });

  test('a message of the epoch before doesn’t count any more when its sender was put out', async () => {
    const { physician, patient } = await two();
    const late = await patient.crypto.introduce();
    await deliver(physician, pending(await physician.crypto.remove([leafOf(patient)])), [], []);
    expect(await tell(physician, patient, late)).toEqual({ tag: 'dropped' });
  });
});

describe('announcements', () => {
  const camera = producerId.parse('6f1c7c3e-0b0a-4b0e-9d3a-3a8c4a5b6c7d');

  test('tracks are their sender’s, and gone with the sender’s leaf', async () => {
    const { physician, patient } = await two();
    const message = await patient.crypto.announceTracks([
      { track: 1, kind: 'video', source: 'camera', producerId: camera },
    ]);
    expect(await tell(physician, patient, message)).toEqual({ tag: 'accepted' });
    expect(physician.latest.tracks?.tracks).toEqual([
      { track: 1, kind: 'video', source: 'camera', producerId: camera, ...leafOf(patient) },
    ]);
    await deliver(physician, pending(await physician.crypto.remove([leafOf(patient)])), [], []);
    expect(physician.latest.tracks?.tracks).toEqual([]);
  });

  test('nobody announces another’s producer, nor changes a track’s kind', async () => {
    const { physician, patient } = await two();
    const third = await visit.enter(person('physician', 'F'));
    await deliver(physician, pending(await physician.crypto.add([await joinRequest(third)])), [patient], [third]);
    const track = { track: 1, kind: 'video', source: 'camera', producerId: camera } as const;
    expect((await tell(third, patient, await patient.crypto.announceTracks([track]))).tag).toBe('accepted');
    expect((await tell(third, physician, await physician.crypto.announceTracks([track]))).tag).toBe('dropped');
    const changed = { ...track, kind: 'audio', source: 'microphone' } as const;
    expect((await tell(third, patient, await patient.crypto.announceTracks([changed]))).tag).toBe('dropped');
    expect(third.latest.tracks?.tracks).toEqual([{ ...track, ...leafOf(patient) }]);
  });

  test('a message under another name, a repeated one and a changed one are dropped', async () => {
    const { physician, patient } = await two();
    const message = await patient.crypto.introduce();
    const changed = Uint8Array.from(message);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    expect((await tell(physician, patient, changed)).tag).toBe('dropped');
    expect((await tell(physician, physician, message)).tag).toBe('dropped');
    expect((await tell(physician, patient, await patient.crypto.introduce())).tag).toBe('accepted');
    const once = await patient.crypto.introduce();
    expect((await tell(physician, patient, once)).tag).toBe('accepted');
    expect((await tell(physician, patient, once)).tag).toBe('dropped');
  });
});

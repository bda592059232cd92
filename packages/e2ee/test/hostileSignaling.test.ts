import { participantId } from '@sotto/protocol/ids';
import { encodeMlsMessage } from 'ts-mls';
import { afterEach, describe, expect, test } from 'vitest';
import { CallCrypto, CallCryptoError, type PendingCommit } from '../src/index.ts';
import { HostileMember } from './hostileMember.ts';
import { type Client, Clinic, deliver, joinRequest, leafOf, pending, person, Visit, visitOfTwo } from './visit.ts';

let visit: Visit;
afterEach(() => visit.close());

async function two(): Promise<{ physician: Client; patient: Client }> {
  const opened = await visitOfTwo();
  visit = opened.visit;
  return opened;
}

/** A physician and two patients, all in one group. */
async function three() {
  const { physician, patient } = await two();
  const other = await visit.enter(person('patient', 'Ola Brandt'));
  await deliver(physician, pending(await physician.crypto.add([await joinRequest(other)])), [patient], [other]);
  return { physician, patient, other };
}

const idOf = ({ who }: Client) => participantId.parse(who.participantId);
const leavesSeenBy = ({ latest }: Client) => latest.members?.members.map(({ leaf }) => leaf) ?? [];
const epochOf = async ({ crypto: own }: Client) => (await own.stats()).epoch;
const ordered = (by: Client, { groupId, epoch, commit }: PendingCommit) => ({ groupId, epoch, from: idOf(by), commit });
const welcomeOf = (commit: PendingCommit, joiner: Client, epoch = commit.epoch + 1) => ({
  groupId: commit.groupId,
  incarnation: 1,
  epoch,
  welcome: commit.welcomes.find(({ leaf }) => leaf === joiner.crypto.leaf)?.welcome ?? new Uint8Array(),
});

/** A renewal that signaling takes and has told nobody of yet. */
async function renewalOf(by: Client) {
  const commit = pending(await by.crypto.update());
  await by.crypto.commitAccepted();
  return ordered(by, commit);
}

/** Whoever has lost the group starts anew and is added again. */
async function rejoin(lost: Client, by: Client, others: Client[]): Promise<Client> {
  const back = await visit.enter(lost.who);
  await deliver(by, pending(await by.crypto.add([await joinRequest(back)])), others, [back]);
  return back;
}

/** All are in one epoch, see the same leaves, and hear each other. */
async function expectUnharmed(...clients: Client[]): Promise<void> {
  const epochs = await Promise.all(clients.map(epochOf));
  expect(new Set(epochs).size).toBe(1);
  for (const client of clients) expect(leavesSeenBy(client)).toEqual(clients.map(({ crypto: own }) => own.leaf));
  for (const from of clients) {
    const message = await from.crypto.introduce();
    for (const to of clients) {
      if (to === from) continue;
      expect((await to.crypto.processApplication({ from: idOf(from), message })).tag).toBe('accepted');
    }
  }
  for (const client of clients) expect(client.latest.sealing).toEqual({ tag: 'sealing' });
}

describe('a server that doesn’t deliver commits as it should', () => {
  test('drops one for a member, who notices at the next, takes nothing of it, and comes back', async () => {
    const { physician, patient, other } = await three();
    const first = await renewalOf(physician);
    await patient.crypto.processCommit(first);
    const second = await renewalOf(physician);
    await patient.crypto.processCommit(second);
    expect(await other.crypto.processCommit(second)).toEqual({ tag: 'forked' });
    expect(await epochOf(other)).toBe(first.epoch);
    expect(await other.crypto.processCommit({ ...second, epoch: first.epoch })).toMatchObject({ tag: 'rejected' });
    expect(await epochOf(other)).toBe(first.epoch);
    const back = await rejoin(other, physician, [patient]);
    await expectUnharmed(physician, patient, back);
  });

  test('reorders two: the later one isn’t taken before the earlier one', async () => {
    const { physician, patient, other } = await three();
    const first = await renewalOf(physician);
    await other.crypto.processCommit(first);
    const second = await renewalOf(other);
    await physician.crypto.processCommit(second);
    expect(await patient.crypto.processCommit(second)).toEqual({ tag: 'forked' });
    expect(await patient.crypto.processCommit(first)).toMatchObject({ tag: 'adopted', change: { epoch: 3 } });
    expect(await patient.crypto.processCommit(second)).toMatchObject({ tag: 'adopted', change: { epoch: 4 } });
    await expectUnharmed(physician, patient, other);
  });

  test('delivers each of them again and again', async () => {
    const { physician, patient, other } = await three();
    const commits = [];
    for (const by of [physician, other, physician]) {
      const commit = await renewalOf(by);
      commits.push(commit);
      for (const client of [physician, patient, other]) {
        if (client !== by) expect((await client.crypto.processCommit(commit)).tag).toBe('adopted');
      }
    }
    for (const commit of [...commits, ...commits]) {
      for (const client of [physician, patient, other]) {
        expect(await client.crypto.processCommit(commit)).toEqual({ tag: 'stale' });
      }
    }
    await expectUnharmed(physician, patient, other);
  });

  test('tells two members each that theirs was taken: neither takes the other’s, and one comes back', async () => {
    const { physician, patient } = await two();
    const commits = [pending(await physician.crypto.update()), pending(await patient.crypto.update())] as const;
    await physician.crypto.commitAccepted();
    await patient.crypto.commitAccepted();
    expect([await epochOf(physician), await epochOf(patient)]).toEqual([2, 2]);
    expect(await physician.crypto.processCommit(ordered(patient, commits[1]))).toEqual({ tag: 'forked' });
    expect(await patient.crypto.processCommit(ordered(physician, commits[0]))).toEqual({ tag: 'forked' });
    for (const [to, from] of [
      [physician, patient],
      [patient, physician],
    ] as const) {
      const message = await from.crypto.introduce();
      expect((await to.crypto.processApplication({ from: idOf(from), message })).tag).toBe('dropped');
      expect(to.latest.members?.members.find(({ isSelf }) => !isSelf)?.name).toBeNull();
    }
    const next = await renewalOf(physician);
    expect(await patient.crypto.processCommit(next)).toEqual({ tag: 'forked' });
    const back = await rejoin(patient, physician, []);
    await expectUnharmed(physician, back);
  });
});

describe('a server that doesn’t deliver Welcomes as it should', () => {
  test('delays one: whoever comes late follows by the commits since, and isn’t in a later epoch without them', async () => {
    const { physician, patient } = await two();
    const late = await visit.enter(person('patient', 'Ola Brandt'));
    const commit = pending(await physician.crypto.add([await joinRequest(late)]));
    await deliver(physician, commit, [patient], []);
    const since = [await renewalOf(physician)];
    for (const one of since) await patient.crypto.processCommit(one);
    // Whatever the server calls the epoch, the Welcome's is the one that is joined.
    const claimed = welcomeOf(commit, late, 9);
    expect(await late.crypto.joinWelcome(claimed)).toEqual({ tag: 'joined', epoch: 2 });
    const message = await physician.crypto.introduce();
    expect(await late.crypto.processApplication({ from: idOf(physician), message })).toEqual({ tag: 'held' });
    for (const one of since) expect((await late.crypto.processCommit(one)).tag).toBe('adopted');
    expect(late.latest.members?.members[0]?.name).toBe('Dr Ada Quist');
    await expectUnharmed(physician, patient, late);
  });

  test('drops one: nothing is heard of that leaf, which another one replaces', async () => {
    const { physician, patient } = await two();
    const late = await visit.enter(person('patient', 'Ola Brandt'));
    const commit = pending(await physician.crypto.add([await joinRequest(late)]));
    await deliver(physician, commit, [patient], []);
    await expect(late.crypto.introduce()).rejects.toThrow(new CallCryptoError('wrongState'));
    const back = await rejoin(late, physician, [patient]);
    expect(leavesSeenBy(physician)).not.toContain(late.crypto.leaf);
    await expectUnharmed(physician, patient, back);
  });

  test('duplicates one, hands it to somebody else, or an older one for a newer group', async () => {
    const { physician, patient } = await two();
    const [late, other] = [await visit.enter(person('patient', 'Ola')), await visit.enter(person('patient', 'Kim'))];
    await other.crypto.keyPackage();
    const commit = pending(await physician.crypto.add([await joinRequest(late)]));
    await deliver(physician, commit, [patient], [late]);
    expect(await late.crypto.joinWelcome(welcomeOf(commit, late))).toEqual({ tag: 'stale' });
    expect(await other.crypto.joinWelcome(welcomeOf(commit, late))).toEqual({ tag: 'stale' });
    await expectUnharmed(physician, patient, late);

    // Made for the first group, kept back, and shown as the second's.
    const kept = pending(await physician.crypto.add([await joinRequest(other)]));
    const { groupId } = await physician.crypto.createGroup(2);
    const shown = { ...welcomeOf(kept, other), groupId, incarnation: 2 };
    expect(await other.crypto.joinWelcome(shown)).toEqual({ tag: 'rejected', reason: 'otherGroup' });
    expect(leavesSeenBy(other)).toEqual([]);
  });

  test('has a leaf go back to an earlier incarnation, by a Welcome made for it just now: it’s refused', async () => {
    const { physician, patient } = await two();
    const second = await visit.enter(person('physician', 'Dr C'));
    const { groupId } = await second.crypto.createGroup(1);
    await physician.crypto.createGroup(2);
    await deliver(physician, pending(await physician.crypto.add([await joinRequest(patient)])), [], [patient], 2);
    const back = pending(await second.crypto.add([await joinRequest(patient)]));
    const invitation = { ...welcomeOf(back, patient), groupId };
    expect(await patient.crypto.joinWelcome(invitation)).toEqual({ tag: 'rejected', reason: 'otherGroup' });
    const again = { ...invitation, groupId: patient.latest.epoch?.groupId ?? groupId, incarnation: 2 };
    expect(await patient.crypto.joinWelcome(again)).toEqual({ tag: 'rejected', reason: 'otherGroup' });
    const told = { reason: 'otherGroup', by: null };
    expect(patient.heard.commitRefused).toEqual([told, told]);
    await expectUnharmed(physician, patient);
  });

  test('a group’s info, old or new, is good for nothing', async () => {
    visit = await Visit.open();
    const physician = await visit.enter(person('physician', 'P'));
    const hostile = await HostileMember.make(visit, person('patient', 'H'));
    await physician.crypto.createGroup(1);
    const commit = pending(await physician.crypto.add([hostile.request()]));
    await deliver(physician, commit, [], []);
    await hostile.join(commit.welcomes[0]?.welcome ?? new Uint8Array());
    const groupInfo = await hostile.groupInfo();
    const octets = Uint8Array.from(encodeMlsMessage({ version: 'mls10', wireformat: 'mls_group_info', groupInfo }));
    await deliver(physician, pending(await physician.crypto.update()), [], []);
    const patient = await visit.enter(person('patient', 'T'));
    const request = await joinRequest(patient);

    const refused = { tag: 'rejected', reason: 'malformed' };
    const delivery = { groupId: commit.groupId, epoch: 2, from: request.participantId, commit: octets };
    expect(await physician.crypto.processCommit(delivery)).toEqual(refused);
    expect(await patient.crypto.joinWelcome({ ...welcomeOf(commit, patient), welcome: octets })).toEqual(refused);
    const added = await physician.crypto.add([{ ...request, keyPackage: octets }]);
    expect(added).toEqual({ tag: 'refused', reason: 'malformed', leaf: request.leaf });
    expect(await epochOf(physician)).toBe(2);
  });
});

describe('a server that lies', () => {
  test('that the physician has left: the patient’s client puts nobody out', async () => {
    const { physician, patient } = await two();
    const refused = { tag: 'refused', reason: 'notEntitled', leaf: null };
    expect(await patient.crypto.remove([leafOf(physician)])).toEqual(refused);
    await expectUnharmed(physician, patient);
  });

  test('that a patient has left: who is put out knows, hears nothing more, and comes back', async () => {
    const { physician, patient, other } = await three();
    const commit = pending(await physician.crypto.remove([leafOf(patient)]));
    const { processed } = await deliver(physician, commit, [patient, other], []);
    expect(processed).toMatchObject([{ tag: 'removedSelf' }, { tag: 'adopted' }]);
    expect(patient.latest.sealing).toEqual({ tag: 'stopped', reason: 'removed' });
    expect(leavesSeenBy(patient)).toEqual([]);
    const back = await visit.enter(patient.who);
    await deliver(physician, pending(await physician.crypto.add([await joinRequest(back)])), [other], [back]);
    await expectUnharmed(physician, back, other);
  });

  test('that a leaf has left which isn’t there, or isn’t that person’s', async () => {
    const { physician, patient, other } = await three();
    const mixed = { ...leafOf(patient), leaf: leafOf(other).leaf };
    expect(await physician.crypto.remove([mixed])).toEqual({ tag: 'nothing' });
    const stranger = await visit.enter(person('patient', 'S'));
    expect(await physician.crypto.remove([leafOf(stranger)])).toEqual({ tag: 'nothing' });
    await expectUnharmed(physician, patient, other);
  });

  test('that encryption is off: there is no such word, in any message', async () => {
    const { physician, patient } = await two();
    const invalid = new CallCryptoError('invalid');
    const off = { encryption: 'off', encrypted: false, e2ee: false };
    const commit = await renewalOf(physician);
    await expect(patient.crypto.processCommit({ ...commit, ...off })).rejects.toThrow(invalid);
    const welcome = { groupId: commit.groupId, incarnation: 2, epoch: 1, welcome: new Uint8Array(8), ...off };
    await expect(patient.crypto.joinWelcome(welcome)).rejects.toThrow(invalid);
    await expect(patient.crypto.add([{ ...(await joinRequest(physician)), ...off }])).rejects.toThrow(invalid);
    await expect(patient.crypto.announceTracks([{ ...off } as never])).rejects.toThrow(invalid);
    const clear = new TextEncoder().encode(JSON.stringify(off));
    for (const message of [clear, Uint8Array.of(1, 1, ...clear)]) {
      const outcome = await patient.crypto.processApplication({ from: idOf(physician), message });
      expect(outcome).toEqual({ tag: 'dropped' });
    }
    await patient.crypto.processCommit(commit);
    await expectUnharmed(physician, patient);
  });

  test('about the clinic’s keys: a client that was given others is nobody’s, and believes nobody', async () => {
    const { physician } = await two();
    const impostor = await Clinic.open();
    const deceived = await CallCrypto.start({
      clinicId: visit.clinic.id,
      visitId: visit.id,
      identityKeys: [impostor.identityKey],
      directory: null,
      requiresProof: false,
      proven: [],
    });
    const who = person('patient', 'Ola Brandt');
    const grant = await visit.clinic.grant(visit.id, who, deceived.leaf);
    expect(await deceived.authorize(grant)).toEqual({ tag: 'refused', reason: 'unknownSigner' });
    // Given a credential to match, it's believed by nobody in the visit …
    const forged = await impostor.grant(visit.id, who, deceived.leaf, { iss: visit.clinic.id });
    expect((await deceived.authorize(forged)).tag).toBe('authorized');
    const request = { ...leafOf({ who, crypto: deceived } as Client), role: who.role, session: who.session };
    const joiner = { ...request, keyPackage: await deceived.keyPackage() } as Awaited<ReturnType<typeof joinRequest>>;
    const refused = { tag: 'refused', reason: 'credential', leaf: deceived.leaf };
    expect(await physician.crypto.add([joiner])).toEqual(refused);
    // … and doesn't believe the visit's members either, should a member add it all the same.
    const helper = await HostileMember.make(visit, person('physician', 'H'));
    await helper.open(physician.latest.epoch?.groupId ?? '');
    const { welcome } = await helper.welcomeTo(joiner.keyPackage);
    const groupId = physician.latest.epoch?.groupId ?? ('' as never);
    const joined = await deceived.joinWelcome({ groupId, incarnation: 1, epoch: 1, welcome });
    expect(joined).toEqual({ tag: 'rejected', reason: 'credential' });
    await deceived.close();
  });

  test('about the clinic’s keys: none, too many, or something else than public keys starts nothing', async () => {
    visit = await Visit.open();
    const { identityKey } = visit.clinic;
    for (const identityKeys of [[], Array(9).fill(identityKey), [{ ...identityKey, d: 'A'.repeat(43) }]]) {
      const started = CallCrypto.start({
        clinicId: visit.clinic.id,
        visitId: visit.id,
        identityKeys,
        directory: null,
        requiresProof: false,
        proven: [],
      });
      await expect(started).rejects.toThrow(new CallCryptoError('invalid'));
    }
  });
});

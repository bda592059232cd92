import { type Consent, consentOctets, type SignedConsent, signedConsent, termsOctets } from '@sotto/protocol/consent';
import { compactJws } from '@sotto/protocol/credential';
import { leafThumbprint, participantId } from '@sotto/protocol/ids';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeApplicationMessage } from '../src/applicationMessage.ts';
import { credentialOf } from '../src/identity.ts';
import { fromBase64url, sha256, toBase64url } from '../src/octets.ts';
import { HostileMember } from './hostileMember.ts';
import { provenVisit, relay, termsOf } from './recorded.ts';
import { type Client, deliver, joinRequest, leafOf, pending, person, visitOfTwo } from './visit.ts';

type Scene = Awaited<ReturnType<typeof provenVisit>>;
let scene: Scene;
beforeEach(async () => {
  scene = await provenVisit();
});
afterEach(() => scene.visit.close());

const stateOf = ({ latest }: Client) => latest.recording;
const progressOf = (client: Client) => stateOf(client)?.progress.tag ?? null;
const port = () => new MessageChannel().port1;

async function asked(over: Parameters<typeof termsOf>[2] = {}) {
  const { visit, physician, patient } = scene;
  const terms = termsOf(visit, physician, over);
  await physician.crypto.askToRecord(terms, 'en');
  await relay([physician, patient]);
  return terms;
}

async function agreed() {
  const terms = await asked();
  await scene.patient.crypto.answerRecording(terms.recording, true, 'es');
  await relay([scene.physician, scene.patient]);
  return terms;
}

async function recording() {
  const terms = await agreed();
  await scene.physician.crypto.record(port());
  await relay([scene.physician, scene.patient]);
  return terms;
}

/** A newcomer is let into the group. */
async function join(newcomer: Client, others: Client[] = [scene.patient]): Promise<void> {
  const commit = pending(await scene.physician.crypto.add([await joinRequest(newcomer)]));
  await deliver(scene.physician, commit, others, [newcomer]);
}

describe('a recording', () => {
  test('begins once everybody has said yes, each signed with their leaf’s key over all of this', async () => {
    const { physician, patient } = scene;
    const terms = await asked();
    expect(stateOf(patient)).toMatchObject({ terms, own: 'asked', isOwn: false, progress: { tag: 'asking' } });
    expect(stateOf(physician)).toMatchObject({ agreed: [leafOf(physician)], awaited: [leafOf(patient)] });
    await expect(physician.crypto.record(port())).rejects.toMatchObject({ code: 'wrongState' });

    await patient.crypto.answerRecording(terms.recording, true, 'es');
    await relay([physician, patient]);
    expect(stateOf(physician)).toMatchObject({ progress: { tag: 'agreed' }, awaited: [] });
    const hash = toBase64url(await sha256(termsOctets(terms)));
    const consents = stateOf(physician)?.consents ?? [];
    expect(consents).toHaveLength(2);
    const leaves = [leafOf(physician).leaf, leafOf(patient).leaf].sort();
    for (const [at, [who, language]] of (
      [
        [physician, 'en'],
        [patient, 'es'],
      ] as const
    ).entries()) {
      const signed = signedConsent.parse(consents[at]);
      const { consent, key, signature } = signed;
      expect(consent).toMatchObject({ terms: hash, leaf: leafOf(who).leaf, leaves, language });
      expect(toBase64url(await sha256(fromBase64url(key)))).toBe(consent.leaf);
      const imported = await crypto.subtle.importKey('raw', fromBase64url(key), 'Ed25519', false, ['verify']);
      const signedOctets = consentOctets(consent);
      expect(await crypto.subtle.verify('Ed25519', imported, fromBase64url(signature), signedOctets)).toBe(true);
    }

    await physician.crypto.record(port());
    await relay([physician, patient]);
    expect([progressOf(physician), progressOf(patient)]).toEqual(['recording', 'recording']);
    await physician.crypto.stopRecording();
    await relay([physician, patient]);
    expect(stateOf(patient)?.progress).toMatchObject({ tag: 'stopped', why: 'asker', by: leafOf(physician) });
    expect(stateOf(patient)?.consents).toEqual([]);
  });

  test('never begins after one no, and can be asked for anew', async () => {
    const { physician, patient } = scene;
    const terms = await asked();
    await patient.crypto.answerRecording(terms.recording, false, 'en');
    await relay([physician, patient]);
    for (const who of [physician, patient]) {
      const { progress } = stateOf(who) ?? {};
      expect(progress).toMatchObject({ tag: 'stopped', why: 'refused', by: leafOf(patient), isConfirmed: true });
    }
    await expect(physician.crypto.record(port())).rejects.toMatchObject({ code: 'wrongState' });
    await patient.crypto.answerRecording(terms.recording, true, 'en');
    await relay([physician, patient]);
    expect(progressOf(physician)).toBe('stopped');
    await recording();
    expect(progressOf(patient)).toBe('recording');
  });

  test.each(['physician', 'patient'] as const)('is over for all when the %s stops it', async (name) => {
    const { physician, patient } = scene;
    const terms = await recording();
    await scene[name].crypto.withdrawFromRecording(terms.recording);
    const own = stateOf(scene[name])?.progress;
    expect(own).toMatchObject({ tag: 'stopped', isConfirmed: name === 'physician' });
    await relay([physician, patient]);
    for (const who of [physician, patient]) {
      const why = name === 'patient' ? 'withdrawn' : 'asker';
      expect(stateOf(who)?.progress).toMatchObject({ tag: 'stopped', why, by: leafOf(scene[name]), isConfirmed: true });
    }
    await expect(physician.crypto.record(port())).rejects.toMatchObject({ code: 'wrongState' });
  });

  test('is over for all when whoever records says what it may not', async () => {
    const { physician, patient } = scene;
    await agreed();
    const { port1, port2 } = new MessageChannel();
    await physician.crypto.record(port1);
    port2.postMessage({ type: 'taken', frames: 1 });
    await expect.poll(() => progressOf(physician)).toBe('stopped');
    await relay([physician, patient]);
    expect(stateOf(patient)?.progress).toMatchObject({ tag: 'stopped', why: 'asker' });
  });

  test.each([true, false])('pauses for a newcomer until they have answered (yes: %s)', async (isYes) => {
    const { physician, patient, enter } = scene;
    const terms = await recording();
    const newcomer = await enter(person('guest', 'Ira'));
    await join(newcomer);
    expect(progressOf(physician)).toBe('paused');
    const all = [physician, patient, newcomer];
    await relay(all);
    expect(all.map(progressOf)).toEqual(['paused', 'paused', 'asking']);
    expect(stateOf(newcomer)).toMatchObject({ own: 'asked', terms });
    await newcomer.crypto.answerRecording(terms.recording, isYes, 'en');
    await relay(all);
    const after = isYes ? 'recording' : 'stopped';
    expect(all.map(progressOf)).toEqual([after, after, after]);
    expect(stateOf(physician)?.consents).toHaveLength(isYes ? 3 : 2);
  });

  test('goes on when only an epoch is renewed, or somebody leaves', async () => {
    const { physician, patient, enter } = scene;
    const guest = await enter(person('guest', 'Ira'));
    await join(guest);
    const terms = termsOf(scene.visit, physician);
    await physician.crypto.askToRecord(terms, 'en');
    const all = [physician, patient, guest];
    await relay(all);
    for (const who of [patient, guest]) await who.crypto.answerRecording(terms.recording, true, 'en');
    await relay(all);
    await physician.crypto.record(port());
    await relay(all);
    await deliver(physician, pending(await physician.crypto.update()), [patient, guest], []);
    expect(progressOf(physician)).toBe('recording');
    await deliver(physician, pending(await physician.crypto.remove([leafOf(guest)])), [patient], []);
    expect([physician, patient].map(progressOf)).toEqual(['recording', 'recording']);
  });

  test('is interrupted while the recorder is gone, and goes on with their new leaf and the same answers', async () => {
    const { physician, patient, enter, visit } = scene;
    const other = await enter(person('guest', 'Ira'));
    await join(other);
    const terms = await (async () => {
      const all = [physician, patient, other];
      const asking = termsOf(visit, physician);
      await physician.crypto.askToRecord(asking, 'en');
      await relay(all);
      for (const who of [patient, other]) await who.crypto.answerRecording(asking.recording, true, 'en');
      await relay(all);
      await physician.crypto.record(port());
      await relay(all);
      return asking;
    })();
    // The patient's client brings the physician back, as another leaf.
    await physician.crypto.close();
    const back = await enter(physician.who);
    const commit = pending(await patient.crypto.add([await joinRequest(back)]));
    await deliver(patient, commit, [other], [back]);
    expect([patient, other].map(progressOf)).toEqual(['interrupted', 'interrupted']);
    await back.crypto.askToRecord(terms, 'en');
    const all = [back, patient, other];
    await relay(all);
    expect(stateOf(back)).toMatchObject({ progress: { tag: 'agreed' }, awaited: [] });
    await back.crypto.record(port());
    await relay(all);
    expect(all.map(progressOf)).toEqual(['recording', 'recording', 'recording']);
  });

  test('is heard of again by who has said no while its recorder was away', async () => {
    const { physician, patient, enter } = scene;
    const terms = await recording();
    await physician.crypto.close();
    await patient.crypto.withdrawFromRecording(terms.recording);
    // Nobody heard it.
    await patient.crypto.recordingMessages();
    const back = await enter(physician.who);
    await deliver(patient, pending(await patient.crypto.add([await joinRequest(back)])), [], [back]);
    await back.crypto.askToRecord(terms, 'en');
    await relay([back, patient]);
    expect(stateOf(back)?.progress).toMatchObject({ tag: 'stopped', why: 'withdrawn', by: leafOf(patient) });
  });

  test.each(['physician', 'patient'] as const)(
    'that the %s has stopped isn’t gone on with by a page that doesn’t know',
    async (name) => {
      const { physician, patient, enter } = scene;
      const terms = await recording();
      await scene[name].crypto.withdrawFromRecording(terms.recording);
      await relay([physician, patient]);
      expect(stateOf(patient)?.progress).toMatchObject({ tag: 'stopped', isConfirmed: true });
      await physician.crypto.close();
      const back = await enter(physician.who);
      await deliver(patient, pending(await patient.crypto.add([await joinRequest(back)])), [], [back]);
      await back.crypto.askToRecord(terms, 'en');
      await relay([back, patient]);
      expect([back, patient].map(progressOf)).toEqual(['stopped', 'stopped']);
      expect(stateOf(back)?.consents).toHaveLength(1);
      await expect(back.crypto.record(port())).rejects.toMatchObject({ code: 'wrongState' });
      // Nor does a lost connection say the old yes again.
      const again = await patient.crypto.recordingMessages(true);
      for (const message of again) {
        await back.crypto.processApplication({ from: leafOf(patient).participantId, message });
      }
      expect(stateOf(back)?.consents).toHaveLength(1);
    },
  );

  test('is shown when the recorder says that it runs after it had stopped, and is told to stop', async () => {
    const { physician, patient } = scene;
    const terms = await agreed();
    await physician.crypto.record(port());
    const late = await physician.crypto.recordingMessages();
    await physician.crypto.withdrawFromRecording(terms.recording);
    await relay([physician, patient]);
    expect(stateOf(patient)?.progress).toMatchObject({ tag: 'stopped', isConfirmed: true });
    for (const message of late) {
      await patient.crypto.processApplication({ from: leafOf(physician).participantId, message });
    }
    expect(progressOf(patient)).toBe('recording');
    await relay([physician, patient]);
    expect([physician, patient].map(progressOf)).toEqual(['stopped', 'stopped']);
  });

  test('is said again after a connection was lost', async () => {
    const { physician, patient } = scene;
    const terms = termsOf(scene.visit, physician);
    await physician.crypto.askToRecord(terms, 'en');
    await physician.crypto.recordingMessages();
    for (const message of await physician.crypto.recordingMessages(true)) {
      await patient.crypto.processApplication({ from: leafOf(physician).participantId, message });
    }
    await patient.crypto.answerRecording(terms.recording, true, 'en');
    await patient.crypto.recordingMessages();
    for (const message of await patient.crypto.recordingMessages(true)) {
      await physician.crypto.processApplication({ from: leafOf(patient).participantId, message });
    }
    expect(progressOf(physician)).toBe('agreed');
  });
});

describe('nobody is recorded', () => {
  test('by a patient, by a physician whom the directory doesn’t know, alone, or on another’s terms', async () => {
    const { physician, patient, visit, enter } = scene;
    const refused = { code: 'wrongState' };
    const ask = (who: Client, over = {}) => who.crypto.askToRecord(termsOf(visit, who, over), 'en');
    await expect(ask(patient)).rejects.toMatchObject(refused);
    await expect(ask(physician, { askedBy: patient.who.participantId })).rejects.toMatchObject(refused);
    await expect(ask(physician, { visit: 'A'.repeat(22) })).rejects.toMatchObject(refused);
    const alone = await enter(person('physician', 'Dr B'));
    await alone.crypto.createGroup(2);
    await expect(ask(alone)).rejects.toMatchObject(refused);
    const unproven = await visitOfTwo();
    const terms = termsOf(unproven.visit, unproven.physician);
    await expect(unproven.physician.crypto.askToRecord(terms, 'en')).rejects.toMatchObject(refused);
    await unproven.visit.close();
  });

  /** Somebody in the group who says what no client of ours would. */
  async function hostile(role: 'physician' | 'guest') {
    const { visit, physician, patient } = scene;
    const member = await HostileMember.make(visit, person(role, 'Mal'));
    const request = member.request();
    const commit = pending(await physician.crypto.add([request]));
    await physician.crypto.commitAccepted();
    const { groupId, epoch } = commit;
    const from = leafOf(physician).participantId;
    await patient.crypto.processCommit({ groupId, epoch, from, commit: commit.commit });
    const welcome = commit.welcomes.find(({ leaf }) => leaf === request.leaf)?.welcome;
    if (!welcome) throw new Error('no Welcome');
    await member.join(welcome);
    const say = async (to: Client, message: Parameters<typeof encodeApplicationMessage>[0]) =>
      to.crypto.processApplication({
        from: participantId.parse(member.who.participantId),
        message: await member.say(encodeApplicationMessage(message)),
      });
    return { member, say };
  }

  test('on the word of a physician whom only the server vouches for, or of the recorder’s namesake', async () => {
    const { member, say } = await hostile('physician');
    const { physician, patient, visit } = scene;
    const own = termsOf(visit, physician, { askedBy: participantId.parse(member.who.participantId) });
    const stolen = termsOf(visit, physician);
    for (const terms of [own, stolen]) {
      expect(await say(patient, { type: 'recordingAsk', body: { terms } })).toEqual({ tag: 'dropped' });
    }
    expect(progressOf(patient)).toBeNull();
    const { recording: id } = await asked();
    const mark = { tag: 'stopped', since: 0 } as const;
    const before = progressOf(patient);
    expect(await say(patient, { type: 'recordingState', body: { recording: id, mark } })).toEqual({ tag: 'dropped' });
    expect(progressOf(patient)).toBe(before);
  });

  test('on a yes that is another’s, for other terms, for another circle, or not signed', async () => {
    const { member, say } = await hostile('guest');
    const { physician, patient } = scene;
    const { leafNode } = member.keyPackage;
    const leaf = leafThumbprint.parse(member.leaf);
    const terms = await asked();
    await patient.crypto.answerRecording(terms.recording, true, 'en');
    await relay([physician, patient]);
    const others = stateOf(physician)?.consents.find(({ consent }) => consent.leaf === leafOf(patient).leaf);
    if (!others) throw new Error('no yes');
    const good: Consent = { ...others.consent, leaf };
    const signed = async (consent: Consent, over: Partial<SignedConsent> = {}): Promise<SignedConsent> => ({
      consent,
      key: member.signatureKey,
      credential: compactJws.parse(credentialOf(leafNode)),
      signature: toBase64url(await member.sign(consentOctets(consent))),
      ...over,
    });
    const wrong = [
      others,
      { ...others, consent: good },
      await signed(good, { signature: others.signature }),
      await signed(good, { key: others.key }),
      await signed(good, { credential: others.credential }),
      await signed({ ...good, terms: 'A'.repeat(43) }),
      await signed({ ...good, leaf: others.consent.leaf }),
      await signed({ ...good, leaves: [leaf] }),
    ];
    for (const answer of wrong) {
      const body = { recording: terms.recording, signed: answer };
      expect(await say(physician, { type: 'recordingAnswer', body })).toEqual({ tag: 'dropped' });
    }
    expect(progressOf(physician)).toBe('asking');
    const body = { recording: terms.recording, signed: await signed(good) };
    expect(await say(physician, { type: 'recordingAnswer', body })).toEqual({ tag: 'accepted' });
    expect(progressOf(physician)).toBe('agreed');
  });
});

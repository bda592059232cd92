import { leafThumbprint, participantId } from '@sotto/protocol/ids';
import { expect, test } from 'vitest';
import type { Group } from '../src/group.ts';
import { encodeIdentity } from '../src/identity.ts';
import { toBase64url } from '../src/octets.ts';
import { RecordingConsent } from '../src/recordingConsent.ts';
import type { RecordingState } from '../src/recordingState.ts';
import type { RosterLeaf } from '../src/roster.ts';
import { termsOf } from './recorded.ts';
import type { Client, Visit } from './visit.ts';

const id = (letter: string) => participantId.parse(letter.repeat(21).concat('A'));
const clinic = { id: 'c'.repeat(21).concat('A') };
const visit = { id: 'v'.repeat(21).concat('A'), clinic } as unknown as Visit;

const leafOf = (letter: string, leafIndex: number, role: string) =>
  ({
    leafIndex,
    claims: { sub: id(letter), jkt: leafThumbprint.parse(letter.repeat(42).concat('A')), role, clinician: {} },
    node: {
      signaturePublicKey: new Uint8Array(32).fill(leafIndex),
      credential: { credentialType: 'basic', identity: encodeIdentity({ credential: 'e30.e30.e30', proof: null }) },
    },
  }) as unknown as RosterLeaf;
const roster = [leafOf('a', 0, 'physician'), leafOf('p', 1, 'patient')];
const [physician, patient] = roster as [RosterLeaf, RosterLeaf];
const terms = termsOf(visit, { who: { participantId: id('a') } } as unknown as Client);
const groupOf = (ownIndex: number) => ({ roster, ownIndex, epoch: 1 }) as unknown as Group;

/** One leaf's view, on a clock that stands still until it's set. */
function view() {
  const clock = { now: 0 };
  const told: RecordingState[] = [];
  const leaf = new RecordingConsent({
    now: () => clock.now,
    monotonic: () => clock.now,
    sign: () => Promise.resolve(new Uint8Array(64)),
    verify: () => Promise.resolve(true),
    visit: terms,
    tell: (state) => told.push(state),
    due: () => undefined,
  });
  const pass = (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      clock.now += 1_000;
      leaf.tick();
    }
  };
  return { leaf, pass, latest: () => told.at(-1) };
}

/** The patient's view of a recording that runs. */
async function running() {
  const seen = view();
  const take = (message: Parameters<RecordingConsent['take']>[3], by = physician) =>
    seen.leaf.take(by, groupOf(1), 1, message);
  const say = (tag: 'recording' | 'paused' | 'stopped') =>
    take({ type: 'recordingState', body: { recording: terms.recording, mark: { tag, since: 0 } } });
  await take({ type: 'recordingAsk', body: { terms } });
  seen.leaf.answer(terms.recording, true, 'en');
  await say('recording');
  return { ...seen, take, say };
}

test('who records says so every ten seconds, and no more often', async () => {
  const { leaf, pass } = view();
  await leaf.ask(groupOf(0), terms, 'en');
  const body = { recording: terms.recording, signed: null };
  const consent = (await leaf.messages(groupOf(0), false)).find(({ type }) => type === 'recordingAnswer');
  const signed = consent?.type === 'recordingAnswer' ? consent.body.signed : null;
  if (signed === null) throw new Error('no yes');
  const theirs = { ...signed.consent, leaf: patient.claims.jkt };
  const key = toBase64url(patient.node.signaturePublicKey);
  await leaf.take(patient, groupOf(0), 1, {
    type: 'recordingAnswer',
    body: { ...body, signed: { ...signed, consent: theirs, key } },
  });
  leaf.begin();
  await leaf.messages(groupOf(0), false);
  let said = 0;
  for (let second = 0; second < 60; second += 1) {
    pass(1);
    said += (await leaf.messages(groupOf(0), false)).filter(({ type }) => type === 'recordingState').length;
  }
  expect(said).toBe(6);
});

test('what isn’t heard of for half a minute isn’t known to run any more, until it’s heard of again', async () => {
  const { pass, say, latest } = await running();
  for (let times = 0; times < 5; times += 1) {
    pass(29);
    expect(latest()).toMatchObject({ progress: { tag: 'recording' }, isUnheard: false });
    await say('recording');
  }
  pass(30);
  // Nobody says that it's over: that isn't known either.
  expect(latest()).toMatchObject({ progress: { tag: 'recording' }, isUnheard: true });
  await say('recording');
  expect(latest()).toMatchObject({ progress: { tag: 'recording' }, isUnheard: false });
});

test('nobody else’s word counts, and anybody may stop it meanwhile', async () => {
  const { leaf, pass, take, latest } = await running();
  pass(20);
  await take(
    { type: 'recordingState', body: { recording: terms.recording, mark: { tag: 'recording', since: 0 } } },
    patient,
  );
  pass(10);
  expect(latest()?.isUnheard).toBe(true);
  leaf.withdraw(terms.recording);
  expect(latest()).toMatchObject({ progress: { tag: 'stopped', isConfirmed: false }, isUnheard: false });
});

test('a recording that is paused is nobody’s to miss', async () => {
  const { pass, say, latest } = await running();
  await say('paused');
  pass(90);
  expect(latest()).toMatchObject({ progress: { tag: 'paused' }, isUnheard: false });
});

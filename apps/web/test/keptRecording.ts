import type { TappedFrame } from '@sotto/e2ee/tapMessages';
import {
  leafThumbprint,
  objectId,
  participantId,
  patientId,
  recordingId,
  type StaffId,
  visitId,
} from '@sotto/protocol/ids';
import { credentialId } from '@sotto/protocol/keystore';
import { Recorder } from '@sotto/recording';
import { OpfsSpool } from '@sotto/recording/opfsSpool';
import { createObjectKeyPair } from '@sotto/vault';
import { randomId, toBase64url } from '../src/keystore/bytes.ts';
import type { Pins } from '../src/keystore/pins.ts';
import { consentHashOf } from '../src/recording/evidence.ts';
import type { BookedRecording, BookedTrack, RecordingBook } from '../src/recording/recordingBook.ts';
import { spoolFolder } from '../src/recording/spoolFolder.ts';

const leaf = leafThumbprint.parse('a'.repeat(42).concat('A'));

const some = (length: number) => toBase64url(new Uint8Array(length));
/** Who asked: the keystore judges it, not the shelf. */
const proof = {
  entry: { payload: '{}', signature: some(64) },
  expiry: '2031-05-06T08:00:00Z',
  assertion: {
    credential: credentialId.parse(some(16)),
    authenticatorData: some(37),
    clientDataJSON: some(64),
    signature: some(70),
  },
};

/** Sound and picture of so many ms, as the tap gives them. */
function* frames(participant: BookedTrack['participant'], ms: number): Generator<TappedFrame> {
  for (let at = 0; at < ms; at += 20) {
    const base = {
      type: 'frame',
      participantId: participant,
      leaf,
      layer: 0,
      lost: 0,
      mediaTime: at * 10,
      at,
    } as const;
    yield { ...base, track: 0, kind: 'audio', isKey: true, data: crypto.getRandomValues(new Uint8Array(60)).buffer };
    if (at % 40 !== 0) continue;
    const isKey = at % 2_000 === 0;
    const data = crypto.getRandomValues(new Uint8Array(4_000));
    data.set(isKey ? [0x10, 0, 0, 0x9d, 1, 0x2a, 0, 5, 0xd0, 2] : [0x11, 0, 0]);
    yield { ...base, track: 1, kind: 'video', isKey, data: data.buffer };
  }
}

interface KeptOptions {
  readonly pins: Pins;
  readonly staff: StaffId;
  readonly state: BookedRecording['state'];
  readonly touchedAt: number;
  /** How long it is. */
  readonly ms?: number;
}

/** Two people's recording as a recorder leaves it on the device; it ends by itself, or for want of room. */
export async function keepRecording(book: RecordingBook, { pins, staff, state, touchedAt, ms = 3_000 }: KeptOptions) {
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  const visit = visitId.parse(randomId());
  const people = [participantId.parse(randomId()), participantId.parse(randomId())];
  const terms = {
    type: 'sotto/recording/v1' as const,
    clinic: pins.clinic,
    visit,
    recording: recordingId.parse(randomId()),
    askedBy: people[0] ?? participantId.parse(randomId()),
    reason: 'care' as const,
    wording: 'recording-1' as const,
    recorderKey: toBase64url(new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))),
    askedAt: '2031-05-06T07:08:09Z',
  };
  const said = { terms: 'A'.repeat(43), leaf, leaves: [leaf], givenAt: terms.askedAt };
  const consents = [
    {
      consent: { type: 'sotto/consent/v1' as const, language: 'en' as const, ...said },
      ...{ key: 'A'.repeat(43), credential: 'e30.e30.e30', signature: 's'.repeat(85).concat('A') },
    },
  ];
  const recorders = [{ leaf, proof }];
  const tracks: BookedTrack[] = [];
  const failures: unknown[] = [];
  const pseudonym = patientId.parse(randomId());
  const consent = await consentHashOf(terms);
  for (const [track, participant] of people.entries()) {
    const { publicKey } = await createObjectKeyPair();
    const object = objectId.parse(randomId());
    const context = { clinic: terms.clinic, pseudonym, visit, object, kind: 'recording' as const, track, consent };
    tracks.push({ participant, context, publicKey });
    const folder = await spoolFolder(terms.recording, object);
    const recorder = await Recorder.start({
      ...{ target: { context, publicKey }, earlier: null, picture: { width: 1280, height: 720 }, zero: 0 },
      spool: new OpfsSpool(folder, (run) => book.note(run)),
      onKeyFrameWished: () => undefined,
      onFailed: (reason) => failures.push(reason),
    });
    for (const frame of frames(participant, ms)) {
      recorder.take(frame);
      if (frame.at % 100 === 0) recorder.tick(frame.at);
      if (frame.at % 500 === 0) await recorder.caughtUp();
    }
    await recorder.finish().catch(() => undefined);
  }
  const { privateKey: recorderKey } = pair;
  await book.put({ terms, staff, recorderKey, consents, recorders, tracks, zero: 0, state, touchedAt });
  const objects = tracks.map(({ context: { object } }) => object);
  const first = `recordings/${terms.recording}/${objects[0] ?? ''}/run-0000-part-000000`;
  return { terms, objects, first, failures };
}

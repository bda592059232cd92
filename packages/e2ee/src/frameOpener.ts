import type { ProducerId } from '@sotto/protocol/ids';
import type { MediaKind } from '@sotto/protocol/signaling';
import { isVp8KeyFrame } from './clearPrefix.ts';
import type { EncodedFrame } from './encodedFrame.ts';
import { FrameTally } from './frameTally.ts';
import { KeyFrameRequests } from './keyFrameRequests.ts';
import type { Keyring, OpeningKey } from './keyring.ts';
import type { DropReason, MemberTrack } from './outcomes.ts';
import type { RecordingTap } from './recordingTap.ts';
import type { ReplayWindow } from './replayWindow.ts';
import { FrameCipher, type FrameEnvelope, type OpenedFrame, parseSealedFrame } from './sealedFrame.ts';

/** How long frames wait for a key that may be about to come, and how many of them. */
const waitMs = 300;
const waitFrames = 32;
const retryMs = 50;

export interface FrameOpenerOptions {
  /** Id of its attachment; later ones have higher ids. */
  attachment: number;
  producerId: ProducerId;
  kind: MediaKind;
  keyring: Keyring;
  /** The announcement of this producer, once there is one. */
  track: () => MemberTrack | undefined;
  tap: RecordingTap;
  needKeyFrame: () => void;
  /** Monotonic, ms. */
  now: () => number;
  /** Runs something once, later. */
  later: (ms: number, run: () => void) => void;
}

type Forward = (frame: EncodedFrame) => void;
interface Arrival {
  frame: EncodedFrame;
  forward: Forward;
}
interface Waiting extends Arrival {
  /** Monotonic ms. Null until it's tried for the first time, if that is at once. */
  since: number | null;
}
type Admission =
  | {
      tag: 'admitted';
      key: OpeningKey;
      track: MemberTrack;
      envelope: FrameEnvelope;
      window: ReplayWindow;
      octets: Uint8Array<ArrayBuffer>;
    }
  /** Its key may be about to come. */
  | { tag: 'early' }
  | { tag: 'refused'; reason: DropReason };

/** One receiver's transform: opens each frame, lets it wait for its key, or drops it. */
export class FrameOpener {
  readonly attachment: number;
  readonly producerId: ProducerId;
  readonly kind: MediaKind;
  readonly tally = new FrameTally();
  /** Since when it runs (monotonic ms). */
  readonly since: number;
  /** Sender's media time of the latest frame, in 100 µs modulo 2^32. */
  mediaTime: number | null = null;
  readonly #options: FrameOpenerOptions;
  readonly #cipher = new FrameCipher();
  readonly #keyFrames = new KeyFrameRequests();
  readonly #waiting: Waiting[] = [];
  #turn: Promise<void> = Promise.resolve();
  #retrying = false;

  constructor(options: FrameOpenerOptions) {
    this.attachment = options.attachment;
    this.producerId = options.producerId;
    this.kind = options.kind;
    this.since = options.now();
    this.#options = options;
  }

  /** Replaces the frame's data by what was sealed and forwards it, in order. Never rejects. */
  handle(frame: EncodedFrame, forward: Forward): Promise<void> {
    this.#turn = this.#after(this.#turn, { frame, forward });
    return this.#turn;
  }

  /** New keys or announcements are in. */
  wake(): Promise<void> {
    this.#turn = this.#after(this.#turn, null);
    return this.#turn;
  }

  async #after(turn: Promise<void>, arrived: Arrival | null): Promise<void> {
    // An exception out of here would end the track for good.
    try {
      await turn;
      if (arrived !== null) this.#take(arrived);
    } catch {
      this.#lose('failed');
    }
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      try {
        const admission = this.#admit(next.frame);
        if (admission.tag === 'early' && this.#mayWait(next)) {
          this.#waiting.unshift(next);
          this.#retry();
          return;
        }
        if (admission.tag === 'early') this.#lose('unknownKey');
        else if (admission.tag === 'refused') this.#lose(admission.reason);
        else {
          const { key, track, envelope, octets } = admission;
          this.#deliver(next, admission, await this.#cipher.open(key, track, envelope, octets));
        }
      } catch {
        this.#lose('failed');
      }
    }
  }

  #take({ frame, forward }: Arrival): void {
    if (frame.data.byteLength === 0) {
      this.tally.passedEmpty += 1;
      forward(frame);
      return;
    }
    // One that is tried at once needn't ask for the time, which takes a tenth of what opening a small frame does.
    const since = this.#waiting.length === 0 ? null : this.#options.now();
    this.#waiting.push({ frame, forward, since });
    if (this.#waiting.length <= waitFrames) return;
    this.#waiting.shift();
    this.#lose('unknownKey');
  }

  #mayWait(arrival: Waiting): boolean {
    const now = this.#options.now();
    arrival.since ??= now;
    return now - arrival.since < waitMs;
  }

  /** All that can be said before the work of opening: SPEC.md section 4.5, 1 to 5. */
  #admit(frame: EncodedFrame): Admission {
    const track = this.#options.track();
    if (track === undefined) return refused('unannounced');
    const octets = new Uint8Array(frame.data);
    const envelope = parseSealedFrame(this.kind, octets);
    if (envelope === null || track.kind !== this.kind) return refused('malformed');
    const { keyring, now } = this.#options;
    const lookup = keyring.find(envelope.kid, now);
    if (lookup.tag === 'early') return lookup;
    if (lookup.tag !== 'key') return refused(lookup.tag === 'old' ? 'oldEpoch' : 'unknownKey');
    const { key } = lookup;
    if (key.holder.leaf !== track.leaf) return refused('wrongSender');
    const window = key.window(track.track);
    if (!window.isFresh(envelope.counter)) return refused('replayed');
    return { tag: 'admitted', key, track, envelope, window, octets };
  }

  #deliver(
    { frame, forward }: Arrival,
    { key, track, envelope, window }: Admission & { tag: 'admitted' },
    opened: OpenedFrame | null,
  ): void {
    if (opened === null || !window.accept(envelope.counter)) {
      this.#lose(opened === null ? 'notAuthentic' : 'replayed');
      return;
    }
    this.#options.keyring.used(key, this.#options.now);
    this.mediaTime = opened.mediaTime;
    const { tap, now } = this.#options;
    if (tap.isOpen) tap.take(track, opened.mediaTime, 0, opened.frame, now());
    frame.data = opened.frame.buffer;
    this.tally.passed += 1;
    if (this.kind === 'video') {
      if (isVp8KeyFrame(opened.frame)) this.#keyFrames.satisfied();
      this.#askForKeyFrame();
    }
    forward(frame);
  }

  #lose(reason: DropReason): void {
    this.tally.drop(reason);
    if (this.kind !== 'video' || reason === 'replayed') return;
    this.#keyFrames.lost();
    // A key frame that couldn't be opened either is no help.
    if (reason !== 'unannounced' && reason !== 'wrongSender') this.#askForKeyFrame();
  }

  #askForKeyFrame(): void {
    if (this.#keyFrames.areWanted && this.#keyFrames.shouldAsk(this.#options.now())) this.#options.needKeyFrame();
  }

  #retry(): void {
    if (this.#retrying) return;
    this.#retrying = true;
    this.#options.later(retryMs, () => {
      this.#retrying = false;
      void this.wake();
    });
  }
}

function refused(reason: DropReason): Admission {
  return { tag: 'refused', reason };
}

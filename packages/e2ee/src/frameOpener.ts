import type { ProducerId } from '@sotto/protocol/ids';
import type { MediaKind } from '@sotto/protocol/signaling';
import { isVp8KeyFrame } from './clearPrefix.ts';
import type { EncodedFrame } from './encodedFrame.ts';
import { FrameTally } from './frameTally.ts';
import { KeyFrameRequests } from './keyFrameRequests.ts';
import type { Keyring } from './keyring.ts';
import type { DropReason, MemberTrack } from './outcomes.ts';
import { FrameCipher, parseSealedFrame } from './sealedFrame.ts';

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
type Attempt = 'opened' | 'wait' | DropReason;

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
  readonly #waiting: (Arrival & { since: number })[] = [];
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
    try {
      await turn;
      const now = this.#options.now();
      if (arrived !== null) this.#take(arrived, now);
      for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
        const attempt = await this.#attempt(first, now);
        if (attempt === 'wait' && now - first.since < waitMs) {
          this.#retry();
          return;
        }
        this.#waiting.shift();
        if (attempt === 'wait') this.#lose('unknownKey');
        else if (attempt !== 'opened') this.#lose(attempt);
      }
    } catch {
      // An exception out of here would end the track for good.
      this.#lose('failed');
    }
  }

  #take({ frame, forward }: Arrival, now: number): void {
    if (frame.data.byteLength === 0) {
      this.tally.passedEmpty += 1;
      forward(frame);
      return;
    }
    this.#waiting.push({ frame, forward, since: now });
    if (this.#waiting.length <= waitFrames) return;
    this.#waiting.shift();
    this.#lose('unknownKey');
  }

  async #attempt({ frame, forward }: Arrival, now: number): Promise<Attempt> {
    try {
      const track = this.#options.track();
      if (track === undefined) return 'unannounced';
      const octets = new Uint8Array(frame.data);
      const envelope = parseSealedFrame(this.kind, octets);
      if (envelope === null || track.kind !== this.kind) return 'malformed';
      const { keyring } = this.#options;
      const lookup = keyring.find(envelope.kid, now);
      if (lookup.tag === 'early') return 'wait';
      if (lookup.tag !== 'key') return lookup.tag === 'old' ? 'oldEpoch' : 'unknownKey';
      const { key } = lookup;
      if (key.holder.leaf !== track.leaf) return 'wrongSender';
      const window = key.window(track.track);
      if (!window.isFresh(envelope.counter)) return 'replayed';
      const opened = await this.#cipher.open(key, track, envelope, octets);
      if (opened === null) return 'notAuthentic';
      if (!window.accept(envelope.counter)) return 'replayed';
      keyring.used(key, now);
      this.mediaTime = opened.mediaTime;
      frame.data = opened.frame.buffer;
      this.tally.passed += 1;
      if (this.kind === 'video') {
        if (isVp8KeyFrame(opened.frame)) this.#keyFrames.satisfied();
        this.#askForKeyFrame(now);
      }
      forward(frame);
      return 'opened';
    } catch {
      return 'failed';
    }
  }

  #lose(reason: DropReason): void {
    this.tally.drop(reason);
    if (this.kind !== 'video' || reason === 'replayed') return;
    this.#keyFrames.lost();
    // A key frame that couldn't be opened either is no help.
    if (reason !== 'unannounced' && reason !== 'wrongSender') this.#askForKeyFrame(this.#options.now());
  }

  #askForKeyFrame(now: number): void {
    if (this.#keyFrames.shouldAsk(now)) this.#options.needKeyFrame();
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

import type { TappedFrame } from '@sotto/e2ee/tapMessages';
import type { LeafThumbprint } from '@sotto/protocol/ids';
import type { RunRecord } from '@sotto/vault';
import { type MediaFrame, type Origin, type PictureSize, WebmWriter } from '@sotto/webm';
import { KeyFrameWishes } from './keyFrameWishes.ts';
import { type EarlierRuns, SealedRuns, type SealingTarget } from './sealedRuns.ts';
import { SenderClock } from './senderClock.ts';
import { SoundFill } from './soundFill.ts';
import { SourceChoice } from './sourceChoice.ts';
import type { Spool } from './spool.ts';

/** What waits to be sealed, at most: a few seconds of the largest picture. What comes beyond is left out. */
const mostWaiting = 8 * 1024 * 1024;
/** How often all that was written is closed. With what the muxer holds, a crash then costs less than a second. */
const closeMs = 500;
/** After so long without a frame, nothing that is held waits for another one. */
const idleMs = 250;

/** A key frame should be asked for: of one's own camera, or of the SFU. */
export interface KeyFrameWish {
  readonly leaf: LeafThumbprint;
  readonly track: number;
}

export interface RecorderOptions {
  readonly target: SealingTarget;
  /** Null for a new object; what a recorder that died has left, else. */
  readonly earlier: EarlierRuns | null;
  readonly spool: Spool;
  /** The largest picture that may come. */
  readonly picture: PictureSize;
  /** Time 0 of all of the visit's recordings, in ms of the clock of `TappedFrame.at`. */
  readonly zero: number;
  readonly onKeyFrameWished: (wish: KeyFrameWish) => void;
  /** Called once when sealing or the spool has failed: the run is dead, and nothing more is recorded here. */
  readonly onFailed: (reason: unknown) => void;
}

/** What a manifest needs to say of a recording that has ended. */
export interface RecordingMaterial {
  /** Of the runs that were written here, in order; earlier ones come before them. */
  readonly runs: readonly RunRecord[];
  /** Null if there is none: nothing was recorded, or an earlier recorder's part isn't known here. */
  readonly head: RunRecord | null;
  /** Frames that were left out because sealing or the tap was too slow. */
  readonly lost: number;
}

type Step = MediaFrame | 'skip' | 'newRun' | 'close' | 'flush';

/**
 * Records one participant: frames as the call's tap gives them → WebM → sealed runs → parts in a spool. Frames, ticks
 * and the end are taken in order; nothing here waits for a wall clock.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #runs: SealedRuns;
  readonly #webm: WebmWriter;
  readonly #past = new Set<LeafThumbprint>();
  readonly #wishes = new KeyFrameWishes();
  readonly #fill = new SoundFill();
  #leaf: LeafThumbprint | null = null;
  #clock = new SenderClock();
  #choice = new SourceChoice();
  #steps: Step[] = [];
  #waiting = 0;
  #work: Promise<void> = Promise.resolve();
  #isWorking = false;
  #now: number;
  #closedAt: number;
  #heardAt = 0;
  #lost = 0;
  /** The device slept until then, and for so long in all: time that isn't counted. */
  #awakeAt = Number.NEGATIVE_INFINITY;
  #slept = 0;
  #origin: Origin = 'frames';
  #isOpen = false;
  #hasFrames = false;
  /** Whether anything but padding was written since all was closed. */
  #hasNews = false;
  #state: 'recording' | 'ended' | 'failed' = 'recording';
  #fault: unknown = null;

  private constructor(options: RecorderOptions) {
    this.#options = options;
    this.#now = options.zero;
    this.#closedAt = options.zero;
    this.#runs = new SealedRuns(options.target, options.earlier, options.spool, () => this.#now);
    this.#webm = new WebmWriter(options.picture);
  }

  /** @throws ArgumentError (vault) when context, key or hash isn't what it should be; WebmUsageError for the picture */
  static async start(options: RecorderOptions): Promise<Recorder> {
    const recorder = new Recorder(options);
    await recorder.#runs.begin();
    return recorder;
  }

  /** @param frame of this participant, in the order in which the tap gave it */
  take(frame: TappedFrame): void {
    if (this.#state !== 'recording' || this.#past.has(frame.leaf) || frame.at < this.#awakeAt) return;
    this.#now = Math.max(this.#now, frame.at);
    this.#heardAt = frame.at;
    if (frame.leaf !== this.#leaf) this.#changeLeaf(frame.leaf);
    const time = this.#clock.place(frame.mediaTime / 10, frame.at) - this.#options.zero - this.#slept;
    if (frame.kind === 'video') this.#wishes.heard(frame);
    if (frame.lost > 0) this.#lose(frame, frame.lost);
    if (!this.#choice.takes(frame) || time < 0) return;
    if (this.#waiting + frame.data.byteLength > mostWaiting) {
      this.#lose(frame, 1);
      return;
    }
    this.#waiting += frame.data.byteLength;
    this.#push({ kind: frame.kind, time, isKey: frame.isKey, data: new Uint8Array(frame.data) });
  }

  /** To be called every 100 ms. @param now on the clock of `TappedFrame.at` */
  tick(now: number): void {
    if (this.#state !== 'recording') return;
    this.#now = Math.max(this.#now, now);
    if (this.#now - this.#closedAt >= closeMs) {
      this.#closedAt = this.#now;
      if (this.#now - this.#heardAt >= idleMs) this.#push('flush');
      this.#push('close');
    }
    if (this.#leaf === null) return;
    for (const track of this.#wishes.due(this.#now)) this.#options.onKeyFrameWished({ leaf: this.#leaf, track });
  }

  /**
   * Frames come from the browser's own recorder from now on, which the object says of itself.
   *
   * @returns whether it may be so: there is none yet from the tap
   */
  encodeAnew(): boolean {
    const isWaiting = this.#steps.some((step) => typeof step !== 'string');
    if (this.#hasFrames || isWaiting) return this.#origin === 'encodedAnew';
    this.#origin = 'encodedAnew';
    return true;
  }

  /** Frames were missed: those of another tap come from now on. */
  interrupted(): void {
    if (this.#state !== 'recording') return;
    this.#wishes.lost();
    this.#push('skip');
  }

  /** The device slept: `sleptMs` that nobody is to sit through, until `now`. */
  awoke(sleptMs: number, now: number): void {
    this.#slept += sleptMs;
    this.#awakeAt = now;
    this.interrupted();
  }

  /** Resolves when all that was closed is in the spool, or nothing more comes there. Credit for the tap waits for it. */
  async caughtUp(): Promise<void> {
    await this.#work;
    // What it rejects with is told by `onFailed`.
    if (this.#state === 'recording') await this.#runs.handedOut().catch((error: unknown) => this.#fail(error));
  }

  /**
   * Ends the recording.
   *
   * @throws whatever `onFailed` was told
   */
  async finish(): Promise<RecordingMaterial> {
    if (this.#state === 'recording') this.#push('flush');
    await this.#work;
    if (this.#state === 'failed') throw this.#fault;
    this.#state = 'ended';
    try {
      await this.#open();
      await this.#runs.end();
      const hasHead = this.#hasFrames && this.#options.earlier === null;
      const head = hasHead ? await this.#runs.sealHead(this.#webm.finalHead()) : null;
      return { runs: this.#runs.records, head, lost: this.#lost };
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  #changeLeaf(leaf: LeafThumbprint): void {
    if (this.#leaf !== null) {
      this.#past.add(this.#leaf);
      this.#push('newRun');
    }
    this.#leaf = leaf;
    this.#clock = new SenderClock();
    this.#choice = new SourceChoice();
    this.#wishes.lost();
  }

  #lose({ kind }: TappedFrame, count: number): void {
    this.#lost += count;
    if (kind !== 'video') return;
    this.#wishes.lost();
    this.#push('skip');
  }

  #push(step: Step): void {
    // Said twice, none of them says more; frames and runs are never the same.
    if (typeof step === 'string' && this.#steps.at(-1) === step) return;
    this.#steps.push(step);
    if (!this.#isWorking) this.#work = this.#drain();
  }

  /** Never rejects. */
  async #drain(): Promise<void> {
    this.#isWorking = true;
    try {
      for (let next = this.#steps.shift(); next !== undefined; next = this.#steps.shift()) await this.#carryOut(next);
    } catch (error) {
      this.#fail(error);
    }
    this.#isWorking = false;
  }

  async #carryOut(step: Step): Promise<void> {
    switch (step) {
      case 'skip':
        this.#webm.skipToKeyFrame();
        return;
      case 'flush':
        await this.#write(this.#webm.flush());
        return;
      case 'newRun':
        await this.#runs.write(this.#webm.flush());
        await this.#runs.end();
        this.#webm.beginAnew();
        await this.#runs.begin();
        return;
      case 'close': {
        const { unsealed } = this.#runs;
        if (!this.#hasNews || unsealed === 0) return;
        this.#hasNews = false;
        await this.#runs.write(this.#webm.padding(Math.max(unsealed, leastPadding)));
        await this.#runs.keep();
        return;
      }
      default:
        this.#hasFrames = true;
        await this.#open();
        for (const frame of this.#fill.with(step)) await this.#write(this.#webm.add(frame));
        this.#waiting -= step.data.length;
    }
  }

  /** Only an object's first run says what the tracks are; the others go on behind it, each recorder's with its own origin. */
  async #open(): Promise<void> {
    if (this.#isOpen) return;
    this.#isOpen = true;
    const isFirst = this.#options.earlier === null;
    await this.#runs.write(isFirst ? this.#webm.open(this.#origin) : this.#webm.goOn(this.#origin));
  }

  async #write(octets: Uint8Array): Promise<void> {
    if (octets.length === 0) return;
    this.#hasNews = true;
    await this.#runs.write(octets);
  }

  #fail(error: unknown): void {
    if (this.#state === 'failed') return;
    this.#state = 'failed';
    this.#fault = error;
    this.#steps = [];
    this.#options.onFailed(error);
  }
}

/** The shortest element that readers pass over. */
const leastPadding = 2;

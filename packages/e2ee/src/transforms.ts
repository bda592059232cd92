import type { ProducerId } from '@sotto/protocol/ids';
import type { CallSession } from './callSession.ts';
import type { EncodedFrame, TransformEnds } from './encodedFrame.ts';
import { FrameOpener } from './frameOpener.ts';
import { FrameSealer } from './frameSealer.ts';
import type { Clocks } from './mediaKeys.ts';
import { suiteName } from './mls.ts';
import type { CallCryptoStats, DropReason } from './outcomes.ts';
import { RecordingTap } from './recordingTap.ts';
import type { SealingState } from './sealingSchedule.ts';
import type { Attachment, Tell } from './workerMessages.ts';

/** Retransmissions that probe for bandwidth reach a transform as copies: dropped and counted, but no trouble. */
const expectedAlways: ReadonlySet<DropReason> = new Set(['replayed']);
/** Drops that every call starts with: only after this long are they worth telling. */
const graceMs = 2_000;
const expectedAtStart: ReadonlySet<DropReason> = new Set([
  ...expectedAlways,
  'unannounced',
  'unknownKey',
  'wrongSender',
]);

/** The worker's transforms: each track's own, and what is told of them. */
export class Transforms {
  /** What is recorded goes through here. */
  readonly tap: RecordingTap;
  readonly #session: CallSession;
  readonly #clocks: Clocks;
  readonly #tell: Tell;
  #sealers: FrameSealer[] = [];
  readonly #openers = new Map<ProducerId, FrameOpener>();
  /** Of the senders whose transformer can, by track. */
  readonly #encoders = new Map<number, (rid?: string) => Promise<void>>();
  #told: SealingState['tag'] | (SealingState & { tag: 'stopped' })['reason'] | null = null;

  constructor(session: CallSession, clocks: Clocks, tell: Tell) {
    this.#session = session;
    this.#clocks = clocks;
    this.#tell = tell;
    this.tap = new RecordingTap(
      (leaf) => session.talk.recording.mayRecord(leaf),
      later,
      () => session.talk.recording.end(),
    );
  }

  /** Runs a track's frames through its own transform, until either end closes. */
  attach(attachment: Attachment, ends: TransformEnds): void {
    const { readable, writable } = ends;
    if (attachment.side === 'sender' && ends.generateKeyFrame !== undefined) {
      this.#encoders.set(attachment.track, ends.generateKeyFrame.bind(ends));
    }
    const handler = attachment.side === 'sender' ? this.#addSealer(attachment) : this.#addOpener(attachment);
    let hasFlowed = false;
    const transform = new TransformStream<EncodedFrame, EncodedFrame>({
      transform: (frame, controller) => {
        if (!hasFlowed) this.#tell('flowing', { id: attachment.id });
        hasFlowed = true;
        return handler.handle(frame, (done) => {
          controller.enqueue(done);
        });
      },
    });
    const ended = (): void => {
      if (handler instanceof FrameSealer) this.#sealers = this.#sealers.filter((other) => other !== handler);
    };
    readable.pipeThrough(transform).pipeTo(writable).then(ended, ended);
    this.#tell('attached', { id: attachment.id });
  }

  /** @param rids layers of a simulcast; of a track without layers there are none */
  makeKeyFrames(track: number, rids: readonly string[]): void {
    const make = this.#encoders.get(track);
    for (const rid of rids.length === 0 ? [undefined] : rids) {
      // An encoder that is stopped, or has no such layer, makes none.
      make?.(rid).catch(() => undefined);
    }
  }

  /** Its transform goes on dropping; it's just not told of any more. */
  detachReceiver(producerId: ProducerId, before: number): void {
    // Attaching doesn't wait for the commands before it: this one may be about the receiver that came first.
    const opener = this.#openers.get(producerId);
    if (opener !== undefined && opener.attachment < before) this.#openers.delete(producerId);
  }

  /** Keys or announcements have come in. */
  wake(): void {
    for (const opener of this.#openers.values()) void opener.wake();
    this.#tellSealing();
  }

  /** To be called once a second. */
  tick(): void {
    const now = this.#clocks.monotonic();
    this.#session.keys.keyring.sweep(now);
    this.#tellSealing();
    for (const opener of this.#openers.values()) {
      const trouble = opener.tally.takeTrouble(now - opener.since < graceMs ? expectedAtStart : expectedAlways);
      if (trouble === null) continue;
      const participantId = this.#session.tracks.find(opener.producerId)?.participantId ?? null;
      this.#tell('trouble', { producerId: opener.producerId, participantId, ...trouble });
    }
  }

  stats(): CallCryptoStats {
    return {
      suite: suiteName,
      epoch: this.#session.group?.epoch ?? null,
      epochAgeMs: this.#session.keys.epochAge(),
      senders: this.#sealers.map(({ id, tally }) => ({
        track: id.track,
        kind: id.kind,
        sealed: tally.passed,
        passedEmpty: tally.passedEmpty,
        dropped: tally.dropped,
      })),
      receivers: [...this.#openers.values()].map(({ producerId, kind, tally, mediaTime }) => ({
        producerId,
        kind,
        opened: tally.passed,
        passedEmpty: tally.passedEmpty,
        dropped: tally.dropped,
        mediaTime,
      })),
    };
  }

  #addSealer({ track, kind }: Attachment & { side: 'sender' }): FrameSealer {
    const sealer = new FrameSealer({
      id: { track, kind },
      sealing: () => this.#session.keys.sealing(),
      tap: this.tap,
      self: () => this.#session.self,
      now: this.#clocks.monotonic,
    });
    // After a move to another SFU a track has a new sender; the one before may never say that it ended.
    this.#sealers = [...this.#sealers.filter(({ id }) => id.track !== track), sealer];
    return sealer;
  }

  #addOpener({ id, producerId, kind }: Attachment & { side: 'receiver' }): FrameOpener {
    const opener = new FrameOpener({
      attachment: id,
      producerId,
      kind,
      keyring: this.#session.keys.keyring,
      track: () => this.#session.tracks.find(producerId),
      tap: this.tap,
      needKeyFrame: () => {
        this.#tell('needKeyFrame', { producerId });
      },
      now: this.#clocks.monotonic,
      later,
    });
    this.#openers.set(producerId, opener);
    return opener;
  }

  #tellSealing(): void {
    const state = this.#session.keys.sealing();
    const now = state.tag === 'sealing' ? state.tag : state.reason;
    if (now === this.#told) return;
    this.#told = now;
    this.#tell('sealing', state.tag === 'sealing' ? { tag: state.tag } : { tag: state.tag, reason: state.reason });
  }
}

function later(ms: number, run: () => void): void {
  setTimeout(run, ms);
}

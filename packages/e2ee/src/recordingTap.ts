import type { LeafThumbprint } from '@sotto/protocol/ids';
import type { MediaKind } from '@sotto/protocol/signaling';
import { isVp8KeyFrame } from './clearPrefix.ts';
import type { LeafRef } from './outcomes.ts';
import { type TapMessage, type TappedFrame, tapCredit } from './tapMessages.ts';

/** What may be under way to whoever records: a few seconds of a visit. What comes while it's full is left out. */
const windowFrames = 1024;
const windowOctets = 8 * 1024 * 1024;
/** Frames are handed over some at a time: a message each costs both sides more than the frame does. */
const gatherMs = 50;

/** What the tap uses of a `MessagePort`. */
export interface TapPort {
  onmessage: ((event: MessageEvent<unknown>) => void) | null;
  postMessage(message: TapMessage, transfer: Transferable[]): void;
  close(): void;
}

/** Whose frame it is, of which track. */
export interface TapSource extends LeafRef {
  readonly track: number;
  readonly kind: MediaKind;
}

/**
 * Hands copies of clear frames to whoever records, while somebody does. The call never waits for it, and nothing that
 * goes wrong here reaches the call: SPEC.md section 8.1.
 */
export class RecordingTap {
  readonly #mayRecord: (leaf: LeafThumbprint) => boolean;
  readonly #later: (ms: number, run: () => void) => void;
  readonly #broken: () => void;
  #port: TapPort | null = null;
  /** Frames that wait to be handed over; with the first of them a time was set. */
  #gathered: TappedFrame[] = [];
  /** Octets of each frame that was handed over and wasn't acknowledged, oldest first. */
  #underWay: number[] = [];
  /** Of what waits and what is under way. */
  #octets = 0;
  /** Latest media time of each leaf, not wrapped. */
  readonly #times = new Map<LeafThumbprint, number>();
  /** Frames left out since the last one that went, by leaf and track. */
  readonly #lost = new Map<string, number>();

  /**
   * @param mayRecord whether frames of a leaf may be recorded now: asked when one comes, and when it leaves
   * @param later runs something after so many ms
   * @param broken called when the port has failed, or said what it may not: nothing is recorded any more
   */
  constructor(
    mayRecord: (leaf: LeafThumbprint) => boolean,
    later: (ms: number, run: () => void) => void,
    broken: () => void,
  ) {
    this.#mayRecord = mayRecord;
    this.#later = later;
    this.#broken = broken;
  }

  get isOpen(): boolean {
    return this.#port !== null;
  }

  /** Ends the recording before, if there is one. */
  open(port: TapPort): void {
    this.close();
    this.#port = port;
    port.onmessage = ({ data }) => {
      if (port === this.#port) this.#taken(data);
    };
  }

  close(): void {
    this.#handOver();
    this.#end();
  }

  #end(): void {
    const port = this.#port;
    this.#port = null;
    this.#underWay = [];
    this.#octets = 0;
    this.#times.clear();
    this.#lost.clear();
    if (port === null) return;
    port.onmessage = null;
    try {
      port.postMessage({ type: 'ended' }, []);
    } catch {
      // A port that takes nothing: whoever ends a call goes on to destroy its keys.
    }
    port.close();
  }

  /**
   * Never throws.
   *
   * @param mediaTime the sender's, modulo 2^32
   * @param layer see `TappedFrame`
   * @param octets the clear frame: copied
   * @param at monotonic, ms
   */
  take(source: TapSource, mediaTime: number, layer: number, octets: Uint8Array, at: number): void {
    const port = this.#port;
    if (port === null || !this.#mayRecord(source.leaf)) return;
    const { participantId, leaf, track, kind } = source;
    const name = nameOf(leaf, track);
    const lost = this.#lost.get(name) ?? 0;
    if (this.#underWay.length + this.#gathered.length >= windowFrames || this.#octets + octets.length > windowOctets) {
      this.#lost.set(name, lost + 1);
      return;
    }
    const data = octets.slice().buffer;
    const isKey = kind === 'audio' || isVp8KeyFrame(octets);
    const time = this.#unwrapped(leaf, mediaTime);
    const who = { type: 'frame', participantId, leaf, track, kind } as const;
    const length = this.#gathered.push({ ...who, layer, isKey, mediaTime: time, at, lost, data });
    this.#lost.delete(name);
    this.#octets += octets.length;
    if (length === 1) this.#later(gatherMs, () => this.#handOver());
  }

  #handOver(): void {
    const frames = this.#gathered.filter((frame) => this.#mayLeave(frame));
    this.#gathered = [];
    this.#underWay.push(...frames.map(({ data }) => data.byteLength));
    if (frames.length === 0) return;
    try {
      this.#port?.postMessage(
        { type: 'frames', frames },
        frames.map(({ data }) => data),
      );
    } catch {
      // A port that takes nothing: what is recorded ends here, the call goes on.
      this.#end();
      this.#broken();
    }
  }

  /** Somebody may have withdrawn, or come into the group, since it was taken. */
  #mayLeave({ leaf, track, lost, data }: TappedFrame): boolean {
    if (this.#mayRecord(leaf)) return true;
    this.#octets -= data.byteLength;
    const name = nameOf(leaf, track);
    this.#lost.set(name, (this.#lost.get(name) ?? 0) + lost + 1);
    return false;
  }

  #taken(message: unknown): void {
    const credit = tapCredit.safeParse(message);
    if (!credit.success || credit.data.frames > this.#underWay.length) {
      this.close();
      this.#broken();
      return;
    }
    for (const octets of this.#underWay.splice(0, credit.data.frames)) this.#octets -= octets;
  }

  #unwrapped(leaf: LeafThumbprint, mediaTime: number): number {
    const last = this.#times.get(leaf);
    const time = last === undefined ? mediaTime : last + ((mediaTime - last) | 0);
    this.#times.set(leaf, time);
    return time;
  }
}

function nameOf(leaf: LeafThumbprint, track: number): string {
  return `${leaf} ${String(track)}`;
}

import type { LeafThumbprint } from '@sotto/protocol/ids';
import type { MediaKind } from '@sotto/protocol/signaling';
import { isVp8KeyFrame } from './clearPrefix.ts';
import type { LeafRef } from './outcomes.ts';
import { type TapMessage, tapCredit } from './tapMessages.ts';

/** What may be under way to whoever records: a few seconds of a visit. What comes while it's full is left out. */
const windowFrames = 1024;
const windowOctets = 8 * 1024 * 1024;

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
  #port: TapPort | null = null;
  /** Octets of each frame that wasn't acknowledged, oldest first. */
  #underWay: number[] = [];
  #octets = 0;
  /** Latest media time of each leaf, not wrapped. */
  readonly #times = new Map<LeafThumbprint, number>();
  /** Frames left out since the last one that went, by leaf and track. */
  readonly #lost = new Map<string, number>();

  /** @param mayRecord whether frames of a leaf may be recorded now: asked for each frame */
  constructor(mayRecord: (leaf: LeafThumbprint) => boolean) {
    this.#mayRecord = mayRecord;
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
    const name = `${leaf} ${String(track)}`;
    const lost = this.#lost.get(name) ?? 0;
    if (this.#underWay.length >= windowFrames || this.#octets + octets.length > windowOctets) {
      this.#lost.set(name, lost + 1);
      return;
    }
    const data = octets.slice().buffer;
    const isKey = kind === 'audio' || isVp8KeyFrame(octets);
    const time = this.#unwrapped(leaf, mediaTime);
    try {
      port.postMessage(
        { type: 'frame', participantId, leaf, track, kind, layer, isKey, mediaTime: time, at, lost, data },
        [data],
      );
    } catch {
      // A port that takes nothing: what is recorded ends here, the call goes on.
      this.#port = null;
      return;
    }
    this.#lost.delete(name);
    this.#underWay.push(octets.length);
    this.#octets += octets.length;
  }

  #taken(message: unknown): void {
    const credit = tapCredit.safeParse(message);
    if (!credit.success || credit.data.frames > this.#underWay.length) {
      this.close();
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

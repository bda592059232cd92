import type { TappedFrame } from '@sotto/e2ee/tapMessages';
import { leafThumbprint, participantId } from '@sotto/protocol/ids';

const id = (letter: string): string => letter.repeat(21).concat('A');
const leafOf = (letter: string) => leafThumbprint.parse(letter.repeat(42).concat('A'));

const participant = participantId.parse(id('p'));
export const [firstLeaf, secondLeaf] = [leafOf('a'), leafOf('b')];

/** VP8's front as an encoder makes it (RFC 6386 section 9.1), then octets that differ from frame to frame. */
export function pictureData(isKey: boolean, width: number, height: number, seed: number, length: number): ArrayBuffer {
  const data = new Uint8Array(Math.max(length, 16));
  for (let at = 0; at < data.length; at += 1) data[at] = (seed * 31 + at * 7) & 0xff;
  data.set(isKey ? [0x10, 0, 0, 0x9d, 1, 0x2a, width & 0xff, width >> 8, height & 0xff, height >> 8] : [0x11, 0, 0]);
  data.set([seed & 0xff, (seed >> 8) & 0xff, (seed >> 16) & 0xff], 12);
  return data.buffer;
}

function soundData(seed: number, length = 30): ArrayBuffer {
  const data = new Uint8Array(length).fill(seed & 0xff);
  data.set([0xfc, seed & 0xff, (seed >> 8) & 0xff, (seed >> 16) & 0xff]);
  return data.buffer;
}

/** What happens in a visit that is made up. */
export interface Scene {
  /** Milliseconds on the recorder's clock. */
  readonly from: number;
  readonly until: number;
  readonly leaf?: typeof firstLeaf;
  /** The sender's clock is so much ahead of the recorder's. */
  readonly aheadMs?: number;
  /** And runs so much faster. */
  readonly drift?: number;
  /** How long the frame of a moment is under way. */
  readonly delay?: (kind: 'audio' | 'video', time: number) => number;
  readonly keyEveryMs?: number;
  /** When there is none. */
  readonly isSilent?: (kind: 'audio' | 'video', time: number) => boolean;
  readonly pictureOctets?: number;
}

/** The frames of a participant as the tap gives them; `time` is when each was caught, on the recorder's clock. */
export function* framesOf(scene: Scene): Generator<TappedFrame & { time: number }> {
  const { from, until, leaf = firstLeaf, aheadMs = 0, drift = 0, keyEveryMs = 3_000 } = scene;
  const { delay = () => 30, isSilent = () => false, pictureOctets = 900 } = scene;
  const arrivals: (TappedFrame & { time: number })[] = [];
  const base = { type: 'frame', participantId: participant, leaf, layer: 0, lost: 0 } as const;
  let nextKey = from;
  for (let moment = from; moment < until; moment += 10) {
    if ((moment - from) % 20 === 0) arrivals.push(...caught('audio', moment));
    if (Math.floor((moment - from + 10) / 33.34) > Math.floor((moment - from) / 33.34)) {
      arrivals.push(...caught('video', moment));
    }
    arrivals.sort((a, b) => a.at - b.at);
    while ((arrivals[0]?.at ?? Number.POSITIVE_INFINITY) <= moment) {
      const next = arrivals.shift();
      if (next) yield next;
    }
  }
  yield* arrivals;

  function caught(kind: 'audio' | 'video', time: number): (TappedFrame & { time: number })[] {
    if (isSilent(kind, time)) return [];
    const mediaTime = Math.round((time * (1 + drift) + aheadMs) * 10);
    const at = time + delay(kind, time);
    if (kind === 'audio') return [{ ...base, kind, track: 1, isKey: true, mediaTime, at, time, data: soundData(time) }];
    const isKey = time >= nextKey;
    if (isKey) nextKey = time + keyEveryMs;
    const data = pictureData(isKey, 640, 360, time, pictureOctets);
    return [{ ...base, kind, track: 2, isKey, mediaTime, at, time, data }];
  }
}

import type { MediaKind } from '@sotto/protocol/signaling';
import { clearPrefixLength } from './clearPrefix.ts';
import { concat } from './octets.ts';
import { openSFrame, sealSFrame, tagOctets } from './sframe.ts';
import { parseHeader } from './sframeHeader.ts';
import type { SFrameKey } from './sframeKey.ts';

/** Version of the frame format; it stands in what is authenticated. SPEC.md section 4. */
const frameVersion = 1;
const mediaTimeOctets = 4;
const kindCodes = { audio: 0, video: 1 } as const satisfies Record<MediaKind, number>;

/** Which of a sender's tracks a frame belongs to; it can't be opened as another's. */
export interface TrackId {
  /** 0 to 65,535. */
  track: number;
  kind: MediaKind;
}

/** A sealed frame taken apart, nothing of it verified yet. */
export interface FrameEnvelope {
  kid: bigint;
  counter: bigint;
  /** Octets of the clear prefix. */
  prefix: number;
}

/** Octets that are used again: making a large buffer for each frame takes longer than its encryption. */
export class Scratch {
  #octets = new Uint8Array(0);

  /** @returns that many, with anything in them; good until the next call */
  take(length: number): Uint8Array<ArrayBuffer> {
    if (this.#octets.length < length) this.#octets = new Uint8Array(length * 2);
    return this.#octets.subarray(0, length);
  }
}

/**
 * Seals an encoded frame: clear prefix, then SFrame over media time and the rest.
 *
 * @param counter see `sealSFrame`
 * @param mediaTime units of 100 µs modulo 2^32
 * @param scratch of the sealer's own
 * @returns null for a frame too short for its codec
 */
export async function sealFrame(
  key: SFrameKey,
  counter: bigint,
  id: TrackId,
  mediaTime: number,
  frame: Uint8Array,
  scratch: Scratch = new Scratch(),
): Promise<Uint8Array<ArrayBuffer> | null> {
  const length = clearPrefixLength(id.kind, frame);
  if (length === null) return null;
  const prefix = frame.subarray(0, length);
  const payload = scratch.take(mediaTimeOctets + frame.length - length);
  new DataView(payload.buffer).setUint32(0, mediaTime);
  payload.set(frame.subarray(length), mediaTimeOctets);
  // WebCrypto copies what it's given before it returns its promise, so that the next frame may follow at once.
  return await sealSFrame(key, counter, metadata(id, prefix), payload, prefix);
}

/** @returns null if this can't be a sealed frame of that kind */
export function parseSealedFrame(kind: MediaKind, sealed: Uint8Array): FrameEnvelope | null {
  const prefix = clearPrefixLength(kind, sealed);
  if (prefix === null) return null;
  const header = parseHeader(sealed.subarray(prefix));
  if (header.tag === 'malformed') return null;
  if (sealed.length < prefix + header.length + mediaTimeOctets + tagOctets) return null;
  return { kid: header.kid, counter: header.counter, prefix };
}

/**
 * Opens what `sealFrame` made.
 *
 * @param envelope from `parseSealedFrame` of the same octets
 * @returns null if it isn't authentic for this key and track
 */
export async function openFrame(
  key: SFrameKey,
  id: TrackId,
  envelope: FrameEnvelope,
  sealed: Uint8Array<ArrayBuffer>,
): Promise<{ frame: Uint8Array<ArrayBuffer>; mediaTime: number } | null> {
  const prefix = sealed.subarray(0, envelope.prefix);
  const payload = await openSFrame(key, metadata(id, prefix), sealed.subarray(envelope.prefix));
  if (payload === null) return null;
  return {
    frame: concat(prefix, payload.subarray(mediaTimeOctets)),
    mediaTime: new DataView(payload.buffer).getUint32(0),
  };
}

function metadata(id: TrackId, prefix: Uint8Array): Uint8Array {
  const octets = new Uint8Array(4 + prefix.length);
  octets[0] = frameVersion;
  octets[1] = kindCodes[id.kind];
  octets[2] = id.track >> 8;
  octets[3] = id.track & 0xff;
  octets.set(prefix, 4);
  return octets;
}

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

/**
 * Seals an encoded frame: clear prefix, then SFrame over media time and the rest.
 *
 * @param counter see `sealSFrame`
 * @param mediaTime units of 100 µs modulo 2^32
 * @returns null for a frame too short for its codec
 */
export async function sealFrame(
  key: SFrameKey,
  counter: bigint,
  id: TrackId,
  mediaTime: number,
  frame: Uint8Array,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const length = clearPrefixLength(id.kind, frame);
  if (length === null) return null;
  const prefix = frame.subarray(0, length);
  const time = new Uint8Array(mediaTimeOctets);
  new DataView(time.buffer).setUint32(0, mediaTime);
  const payload = concat(time, frame.subarray(length));
  return concat(prefix, await sealSFrame(key, counter, metadata(id, prefix), payload));
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
  return concat(Uint8Array.of(frameVersion, kindCodes[id.kind], id.track >> 8, id.track & 0xff), prefix);
}

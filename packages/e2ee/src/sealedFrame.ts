import type { MediaKind } from '@sotto/protocol/signaling';
import { clearPrefixLength } from './clearPrefix.ts';
import { SFrameCipher, tagOctets } from './sframe.ts';
import { headerLength, parseHeader, writeHeader } from './sframeHeader.ts';
import type { SFrameKey } from './sframeKey.ts';

/** Version of the frame format; it stands in what is authenticated. SPEC.md section 4. */
const frameVersion = 1;
const mediaTimeOctets = 4;
/** More octets than a clear prefix or a media time has. */
const headroom = 16;
const kindCodes = { audio: 0, video: 1 } as const satisfies Record<MediaKind, number>;

/** Which of a sender's tracks a frame belongs to; it can't be opened as another's. */
export interface TrackId {
  /** 0 to 65,535. */
  track: number;
  kind: MediaKind;
}

/** A sealed frame taken apart, nothing of it verified yet. */
export interface FrameEnvelope {
  kid: number;
  counter: number;
  /** Octets of the clear prefix. */
  prefix: number;
  /** Where header and ciphertext meet. */
  ciphertextAt: number;
}

export interface OpenedFrame {
  frame: Uint8Array<ArrayBuffer>;
  /** The sender's, in units of 100 µs modulo 2^32. */
  mediaTime: number;
}

/** @returns null if this can't be a sealed frame of that kind */
export function parseSealedFrame(kind: MediaKind, sealed: Uint8Array): FrameEnvelope | null {
  const prefix = clearPrefixLength(kind, sealed);
  if (prefix === null) return null;
  const header = parseHeader(sealed, prefix);
  if (header.tag === 'malformed') return null;
  const { kid, counter, length } = header;
  if (typeof kid === 'bigint' || typeof counter === 'bigint') return null;
  if (sealed.length < prefix + length + mediaTimeOctets + tagOctets) return null;
  return { kid, counter, prefix, ciphertextAt: prefix + length };
}

/**
 * Seals or opens one track's frames: clear prefix, then SFrame over media time and the rest. The octets that each frame
 * needs for a moment are kept for the next.
 */
export class FrameCipher {
  readonly #sframe = new SFrameCipher();
  #metadata = new Uint8Array(0);
  #plaintext = new Uint8Array(0);

  /**
   * @param counter see `SFrameCipher.encrypt`
   * @param mediaTime units of 100 µs modulo 2^32
   * @returns null for a frame too short for its codec
   */
  async seal(
    key: SFrameKey,
    counter: number,
    id: TrackId,
    mediaTime: number,
    frame: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer> | null> {
    const prefix = clearPrefixLength(id.kind, frame);
    if (prefix === null) return null;
    const plaintext = this.#plaintextOf(mediaTime, frame, prefix);
    const encrypted = await this.#sframe.encrypt(key, counter, this.#metadataOf(id, frame, prefix), plaintext);
    const ciphertextAt = prefix + headerLength(key.kid, counter);
    const sealed = new Uint8Array(ciphertextAt + encrypted.byteLength);
    copyPrefix(frame, prefix, sealed, 0);
    writeHeader(key.kid, counter, sealed, prefix);
    sealed.set(new Uint8Array(encrypted), ciphertextAt);
    return sealed;
  }

  /**
   * Opens what `seal` made.
   *
   * @param envelope from `parseSealedFrame` of the same octets
   * @returns null if it isn't authentic for this key and track
   */
  async open(
    key: SFrameKey,
    id: TrackId,
    { kid, counter, prefix, ciphertextAt }: FrameEnvelope,
    sealed: Uint8Array<ArrayBuffer>,
  ): Promise<OpenedFrame | null> {
    // What is authenticated has the key's own id, not the header's.
    if (kid !== key.kid) return null;
    const metadata = this.#metadataOf(id, sealed, prefix);
    try {
      const plaintext = await this.#sframe.decrypt(key, counter, metadata, sealed.subarray(ciphertextAt));
      const frame = new Uint8Array(prefix + plaintext.byteLength - mediaTimeOctets);
      copyPrefix(sealed, prefix, frame, 0);
      frame.set(new Uint8Array(plaintext, mediaTimeOctets), prefix);
      return { frame, mediaTime: new DataView(plaintext).getUint32(0) };
    } catch {
      return null;
    }
  }

  /** Media time and what follows the clear prefix, in octets that are good until the next frame. */
  #plaintextOf(mediaTime: number, frame: Uint8Array, prefix: number): Uint8Array<ArrayBuffer> {
    if (this.#plaintext.length < headroom + frame.length)
      this.#plaintext = new Uint8Array(2 * (headroom + frame.length));
    const octets = this.#plaintext;
    // The frame comes whole, so that what is sealed always begins at the same place; the media time covers its prefix.
    octets.set(frame, headroom - prefix);
    const start = headroom - mediaTimeOctets;
    for (let index = 0; index < mediaTimeOctets; index += 1) octets[start + index] = mediaTime >>> (24 - 8 * index);
    return octets.subarray(start, headroom - prefix + frame.length);
  }

  /** What is authenticated and not sent: SPEC.md section 4.4. */
  #metadataOf({ track, kind }: TrackId, frame: Uint8Array, prefix: number): Uint8Array {
    if (this.#metadata.length !== 4 + prefix) this.#metadata = new Uint8Array(4 + prefix);
    const metadata = this.#metadata;
    metadata[0] = frameVersion;
    metadata[1] = kindCodes[kind];
    metadata[2] = track >> 8;
    metadata[3] = track & 0xff;
    copyPrefix(frame, prefix, metadata, 4);
    return metadata;
  }
}

/** So few octets are copied faster one by one than as a view. */
function copyPrefix(from: Uint8Array, prefix: number, to: Uint8Array, at: number): void {
  for (let index = 0; index < prefix; index += 1) to[at + index] = from[index] ?? 0;
}

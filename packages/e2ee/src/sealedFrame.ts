import type { MediaKind } from '@sotto/protocol/signaling';
import { clearPrefixLength } from './clearPrefix.ts';
import { SFrameCipher, tagOctets } from './sframe.ts';
import { headerLength, parseHeader, writeHeader } from './sframeHeader.ts';
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
  kid: number;
  counter: number;
  /** Octets of the clear prefix. */
  prefix: number;
  /** Where header and ciphertext meet. */
  ciphertextAt: number;
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
 *
 * What it's given as a frame is used up: the result is made of its memory, since making a large buffer for each frame
 * takes as long as its encryption.
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
    frame: ArrayBuffer,
  ): Promise<ArrayBuffer | null> {
    const clear = new Uint8Array(frame);
    const prefix = clearPrefixLength(id.kind, clear);
    if (prefix === null) return null;
    const plaintext = this.#plaintextOf(mediaTime, clear.subarray(prefix));
    const encrypted = this.#sframe.encrypt(key, counter, this.#metadataOf(id, clear, prefix), plaintext);

    // Meanwhile the frame makes room; its clear prefix stays where it is.
    const ciphertextAt = prefix + headerLength(key.kid, counter);
    const sealed = new Uint8Array(frame.transfer(ciphertextAt + plaintext.length + tagOctets));
    writeHeader(key.kid, counter, sealed, prefix);
    sealed.set(new Uint8Array(await encrypted), ciphertextAt);
    return sealed.buffer;
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
    sealed: ArrayBuffer,
  ): Promise<{ frame: Uint8Array<ArrayBuffer>; mediaTime: number } | null> {
    // What is authenticated has the key's own id, not the header's.
    if (kid !== key.kid) return null;
    const ciphertext = new Uint8Array(sealed, ciphertextAt);
    const metadata = this.#metadataOf(id, new Uint8Array(sealed), prefix);
    const decrypted = this.#sframe.decrypt(key, counter, metadata, ciphertext);
    const length = prefix + ciphertext.length - mediaTimeOctets - tagOctets;
    const frame = new Uint8Array(sealed.transfer(length));
    try {
      const plaintext = await decrypted;
      frame.set(new Uint8Array(plaintext, mediaTimeOctets), prefix);
      return { frame, mediaTime: new DataView(plaintext).getUint32(0) };
    } catch {
      return null;
    }
  }

  #plaintextOf(mediaTime: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
    const length = mediaTimeOctets + payload.length;
    if (this.#plaintext.length < length) this.#plaintext = new Uint8Array(length * 2);
    const plaintext = this.#plaintext.subarray(0, length);
    new DataView(plaintext.buffer).setUint32(0, mediaTime);
    plaintext.set(payload, mediaTimeOctets);
    return plaintext;
  }

  /** What is authenticated and not sent: SPEC.md section 4.4. */
  #metadataOf({ track, kind }: TrackId, frame: Uint8Array, prefix: number): Uint8Array {
    if (this.#metadata.length !== 4 + prefix) this.#metadata = new Uint8Array(4 + prefix);
    const metadata = this.#metadata;
    metadata[0] = frameVersion;
    metadata[1] = kindCodes[kind];
    metadata[2] = track >> 8;
    metadata[3] = track & 0xff;
    for (let index = 0; index < prefix; index += 1) metadata[4 + index] = frame[index] ?? 0;
    return metadata;
  }
}

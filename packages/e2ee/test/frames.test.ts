import type { MediaKind } from '@sotto/protocol/signaling';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clearPrefixLength, isVp8KeyFrame } from '../src/clearPrefix.ts';
import { FrameCipher, parseSealedFrame, type TrackId } from '../src/sealedFrame.ts';
import { writeHeader } from '../src/sframeHeader.ts';
import { deriveSFrameKey, importBaseKey, type SFrameKey, writeNonce } from '../src/sframeKey.ts';
import { toHex } from './hex.ts';

const keys = async (kid: number): Promise<{ seal: SFrameKey; open: SFrameKey }> => {
  const base = await importBaseKey(new Uint8Array(32).fill(3));
  return { seal: await deriveSFrameKey(base, kid, 'encrypt'), open: await deriveSFrameKey(base, kid, 'decrypt') };
};

const seal = (key: SFrameKey, counter: number, id: TrackId, mediaTime: number, frame: Uint8Array<ArrayBuffer>) =>
  new FrameCipher().seal(key, counter, id, mediaTime, frame);

/** Opens as a receiver does that knows which track it plays. */
async function open(key: SFrameKey, id: TrackId, sealed: Uint8Array<ArrayBuffer>) {
  const envelope = parseSealedFrame(id.kind, sealed);
  return envelope === null ? null : new FrameCipher().open(key, id, envelope, sealed);
}

const frames = fc.record({
  kind: fc.constantFrom<MediaKind>('audio', 'video'),
  track: fc.integer({ min: 0, max: 0xffff }),
  counter: fc.nat(2 ** 40),
  mediaTime: fc.integer({ min: 0, max: 0xffff_ffff }),
  frame: fc.uint8Array({ minLength: 10, maxLength: 4_000 }),
});
const isKeyFrameByBit = ([first = 1]: Uint8Array): boolean => first % 2 === 0;

describe('sealed frames', () => {
  test('any frame opens to itself and its media time, its clear prefix in front', async () => {
    const { seal: sealing, open: opening } = await keys(0x2_0007);
    await fc.assert(
      fc.asyncProperty(frames, async ({ kind, track, counter, mediaTime, frame }) => {
        const sealed = await seal(sealing, counter, { kind, track }, mediaTime, frame);
        const prefix = kind === 'audio' ? 1 : isKeyFrameByBit(frame) ? 10 : 3;
        expect(sealed?.slice(0, prefix)).toEqual(Uint8Array.from(frame.slice(0, prefix)));
        expect(sealed).toHaveLength(frame.length + 1 + 3 + counterOctets(counter) + 4 + 16);
        const opened = sealed && (await open(opening, { kind, track }, sealed));
        expect(opened).toEqual({ frame: Uint8Array.from(frame), mediaTime });
      }),
      { numRuns: 80 },
    );
  });

  test('are these octets, and no others', async () => {
    const { seal: sealing } = await keys(0x1_0005);
    const frame = Uint8Array.of(0x11, 2, 0, 4, 5, 6);
    const sealed = await seal(sealing, 300, { kind: 'video', track: 0x102 }, 0x0102_0304, frame);
    expect(toHex(sealed ?? new Uint8Array())).toBe('110200a9010005012c365d9d5775ce4325331b4559ffa0895c0e635775424b86');
    // As SPEC.md section 4.4 has it, put together by hand.
    const additional = Uint8Array.of(0xa9, 1, 0, 5, 1, 0x2c, 1, 1, 1, 2, 0x11, 2, 0);
    const nonce = new Uint8Array(12);
    writeNonce(sealing.salt, 300, nonce);
    const payload = Uint8Array.of(1, 2, 3, 4, 4, 5, 6);
    const bare = await crypto.subtle.encrypt(
      { name: 'AES-GCM', iv: nonce, additionalData: additional },
      sealing.key,
      payload,
    );
    expect(toHex(new Uint8Array(bare))).toBe(toHex((sealed ?? new Uint8Array()).slice(9)));
  });

  test('nothing of what follows the clear prefix can be found in them', async () => {
    const { seal: sealing } = await keys(1);
    const frame = new Uint8Array(500).map((_, index) => (index * 31) % 251);
    const sealed = await seal(sealing, 0, { kind: 'audio', track: 1 }, 0, frame);
    const text = String.fromCharCode(...(sealed ?? []));
    for (let at = 1; at + 4 <= frame.length; at += 1) {
      expect(text.includes(String.fromCharCode(...frame.subarray(at, at + 4)))).toBe(false);
    }
  });

  test('a changed octet anywhere, the clear prefix included, opens nothing', async () => {
    const { seal: sealing, open: opening } = await keys(0x1_0002);
    const id: TrackId = { kind: 'video', track: 2 };
    const sealed = await seal(
      sealing,
      9,
      id,
      77,
      Uint8Array.from({ length: 40 }, (_, index) => index),
    );
    expect(sealed && (await open(opening, id, sealed))).not.toBeNull();
    for (let index = 0; index < (sealed?.length ?? 0); index += 1) {
      const changed = Uint8Array.from(sealed ?? []);
      changed[index] = (changed[index] ?? 0) ^ 0b10;
      expect(await open(opening, id, changed)).toBeNull();
    }
  });

  test.each<[string, TrackId]>([
    ['another track', { kind: 'audio', track: 2 }],
    ['a track 256 further on', { kind: 'audio', track: 257 }],
    ['another kind', { kind: 'video', track: 1 }],
  ])('a frame isn’t opened as %s', async (_, id) => {
    const { seal: sealing, open: opening } = await keys(4);
    const sealed = await seal(sealing, 0, { kind: 'audio', track: 1 }, 0, Uint8Array.of(0xfd, 1, 2, 3));
    expect(sealed && (await open(opening, { kind: 'audio', track: 1 }, sealed))).not.toBeNull();
    expect(sealed && (await open(opening, id, sealed))).toBeNull();
  });

  test('needn’t wait for each other, sealed or opened by one cipher', async () => {
    const { seal: sealing, open: opening } = await keys(6);
    const cipher = new FrameCipher();
    const [id, count] = [{ kind: 'video', track: 3 }, 40] as const;
    const plain = Array.from({ length: count }, (_, index) => new Uint8Array(10 + index * 7).fill(index));
    const sealed = await Promise.all(plain.map((frame, index) => cipher.seal(sealing, index, id, index, frame)));
    const opened = await Promise.all(
      sealed.map(async (frame) => {
        const envelope = frame && parseSealedFrame(id.kind, frame);
        return envelope && (await cipher.open(opening, id, envelope, frame));
      }),
    );
    expect(opened).toEqual(plain.map((frame, mediaTime) => ({ frame, mediaTime })));
  });

  test('beyond a counter of 2^53 are nobody’s', () => {
    const sealed = new Uint8Array(60);
    writeHeader(0x1_0002, 2 ** 53 - 1, sealed, 1);
    expect(parseSealedFrame('audio', sealed)?.counter).toBe(2 ** 53 - 1);
    writeHeader(0x1_0002, 2n ** 53n, sealed, 1);
    expect(parseSealedFrame('audio', sealed)).toBeNull();
  });

  test('arbitrary octets are never taken for a frame', async () => {
    const { open: opening } = await keys(5);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom<MediaKind>('audio', 'video'), fc.uint8Array(), async (kind, octets) => {
        expect(await open(opening, { kind, track: 1 }, Uint8Array.from(octets))).toBeNull();
      }),
      { numRuns: 200 },
    );
  });
});

describe('clear prefixes', () => {
  test.each<[string, MediaKind, number[], number | null]>([
    ['VP8 key frame', 'video', [0x10, 2, 0, 0x9d, 1, 0x2a, 0x80, 2, 0x68, 1, 9], 10],
    ['VP8 delta frame', 'video', [0x11, 2, 0, 4], 3],
    ['VP8 key frame that is cut short', 'video', [0x10, 2, 0, 0x9d, 1, 0x2a, 0x80, 2, 0x68], null],
    ['VP8 delta frame that is cut short', 'video', [0x11, 2], null],
    ['Opus', 'audio', [0xfc, 1], 1],
    ['Opus of a table of contents alone', 'audio', [0xfc], 1],
  ])('%s', (_, kind, frame, length) => {
    expect(clearPrefixLength(kind, Uint8Array.from(frame))).toBe(length);
  });

  test('only the P bit tells key frames', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (frame) => {
        expect(isVp8KeyFrame(frame)).toBe(isKeyFrameByBit(frame));
      }),
    );
  });
});

function counterOctets(counter: number): number {
  return counter < 8 ? 0 : Math.ceil(counter.toString(16).length / 2);
}

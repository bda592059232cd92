import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openSFrame, sealSFrame, tagOctets } from '../src/sframe.ts';
import { encodeHeader, parseHeader } from '../src/sframeHeader.ts';
import { deriveSFrameKey, frameNonce, importBaseKey } from '../src/sframeKey.ts';
import { fromHex, toHex } from './hex.ts';

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe('RFC 9605 appendix C.1: headers', () => {
  test.each([
    [0n, 0n, '00'],
    [0n, 1n, '01'],
    [0n, 255n, '08ff'],
    [0n, 256n, '090100'],
    [0n, 0xffff_ffff_ffff_ffffn, '0fffffffffffffffff'],
    [1n, 65535n, '19ffff'],
    [255n, 0n, '80ff'],
    [255n, 255n, '88ffff'],
    [65536n, 256n, 'a90100000100'],
    [0xffff_ffff_ffff_ffffn, 0n, 'f0ffffffffffffffff'],
    [0xffff_ffff_ffff_ffffn, 0xffff_ffff_ffff_ffffn, 'ffffffffffffffffffffffffffffffffff'],
  ])('kid %i, counter %i', (kid, counter, encoded) => {
    expect(toHex(encodeHeader(kid, counter))).toBe(encoded);
    expect(parseHeader(fromHex(encoded))).toEqual({ tag: 'header', kid, counter, length: encoded.length / 2 });
  });
});

describe('RFC 9605 appendix C.3: AES_256_GCM_SHA512_128', () => {
  const baseKey = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
  const vector = {
    kid: 0x123n,
    counter: 0x4567n,
    baseKey: baseKey.slice(0, 32),
    salt: '84991c167b8cd23c93708ec7',
    nonce: '84991c167b8cd23c9370cba0',
    metadata: fromHex('4945544620534672616d65205747'),
    plaintext: fromHex('64726166742d696574662d736672616d652d656e63'),
    sealed: fromHex('990123456794f509d36e9beacb0e261d99c7d1e972f1fed787d4049f17ca21353c1cc24d56ceabced279'),
  };

  test('key schedule, nonce, sealing and opening', async () => {
    const base = await importBaseKey(fromHex(vector.baseKey));
    const sealing = await deriveSFrameKey(base, vector.kid, 'encrypt');
    expect(toHex(sealing.salt)).toBe(vector.salt);
    expect(toHex(frameNonce(sealing.salt, vector.counter))).toBe(vector.nonce);
    const sealed = await sealSFrame(sealing, vector.counter, vector.metadata, vector.plaintext);
    expect(toHex(sealed)).toBe(toHex(vector.sealed));
    const opening = await deriveSFrameKey(base, vector.kid, 'decrypt');
    expect(await openSFrame(opening, vector.metadata, vector.sealed)).toEqual(vector.plaintext);
  });

  test('keys can be used for one thing only, and never be read', async () => {
    const octets = fromHex(baseKey);
    const base = await importBaseKey(octets);
    expect(toHex(octets)).toBe('00'.repeat(32));
    const { key } = await deriveSFrameKey(base, 1n, 'encrypt');
    expect([base.extractable, key.extractable, key.usages]).toEqual([false, false, ['encrypt']]);
    await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow();
  });
});

describe('headers', () => {
  test('any key id and counter come back, whatever follows', () => {
    fc.assert(
      fc.property(uint64, uint64, fc.uint8Array({ maxLength: 40 }), (kid, counter, rest) => {
        const header = encodeHeader(kid, counter);
        const parsed = parseHeader(Uint8Array.of(...header, ...rest));
        expect(parsed).toEqual({ tag: 'header', kid, counter, length: header.length });
      }),
    );
  });

  test('any octets are either refused or in the one encoding of their values', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (octets) => {
        const parsed = parseHeader(octets);
        if (parsed.tag === 'malformed') return;
        expect(encodeHeader(parsed.kid, parsed.counter)).toEqual(octets.slice(0, parsed.length));
      }),
    );
  });

  test('a header cut short anywhere is refused', () => {
    const header = encodeHeader(0x1_0203n, 0x405n);
    for (let length = 0; length < header.length; length += 1) {
      expect(parseHeader(header.subarray(0, length)).tag).toBe('malformed');
    }
  });

  test.each([
    ['a key id that fits into the first octet', '8005'],
    ['a counter with a leading zero', '0900ff'],
  ])('%s is refused', (_, octets) => {
    expect(parseHeader(fromHex(octets)).tag).toBe('malformed');
  });

  test.each([-1n, 2n ** 64n])('%i is no key id and no counter', (value) => {
    expect(() => encodeHeader(value, 0n)).toThrow(RangeError);
    expect(() => encodeHeader(0n, value)).toThrow(RangeError);
  });
});

describe('payloads', () => {
  const pair = async (kid: bigint, fill = 7) => {
    const base = await importBaseKey(new Uint8Array(32).fill(fill));
    return { seal: await deriveSFrameKey(base, kid, 'encrypt'), open: await deriveSFrameKey(base, kid, 'decrypt') };
  };

  test('any payload opens under any key id and counter', async () => {
    await fc.assert(
      fc.asyncProperty(
        uint64,
        uint64,
        fc.uint8Array({ maxLength: 64 }),
        fc.uint8Array({ maxLength: 3_000 }),
        async (kid, counter, metadata, payload) => {
          const { seal, open } = await pair(kid);
          const sealed = await sealSFrame(seal, counter, metadata, Uint8Array.from(payload));
          expect(sealed.length).toBe(encodeHeader(kid, counter).length + payload.length + tagOctets);
          expect(await openSFrame(open, metadata, sealed)).toEqual(Uint8Array.from(payload));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a changed octet anywhere, other metadata or another key opens nothing', async () => {
    const { seal, open } = await pair(0x5_0001n);
    const metadata = Uint8Array.of(1, 2, 3);
    const sealed = await sealSFrame(seal, 300n, metadata, Uint8Array.of(9, 9, 9));
    expect(await openSFrame(open, metadata, sealed)).toEqual(Uint8Array.of(9, 9, 9));
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Uint8Array.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(await openSFrame(open, metadata, changed)).toBeNull();
    }
    for (let length = 0; length < sealed.length; length += 1) {
      expect(await openSFrame(open, metadata, sealed.slice(0, length))).toBeNull();
    }
    expect(await openSFrame(open, Uint8Array.of(1, 2), sealed)).toBeNull();
    expect(await openSFrame((await pair(0x6_0001n)).open, metadata, sealed)).toBeNull();
    expect(await openSFrame((await pair(0x5_0001n, 8)).open, metadata, sealed)).toBeNull();
  });
});

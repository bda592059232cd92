import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SFrameCipher, tagOctets } from '../src/sframe.ts';
import { headerLength, parseHeader, type Uint64, writeHeader } from '../src/sframeHeader.ts';
import { deriveSFrameKey, importBaseKey, type SFrameKey, writeNonce } from '../src/sframeKey.ts';
import { fromHex, toHex } from './hex.ts';

const uint64 = fc.oneof(fc.maxSafeNat(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }));

function encodeHeader(kid: Uint64, counter: Uint64): Uint8Array {
  const header = new Uint8Array(headerLength(kid, counter));
  expect(writeHeader(kid, counter, header)).toBe(header.length);
  return header;
}

/** Header, ciphertext and tag, as RFC 9605 section 4.4.3 puts them together. */
async function seal(key: SFrameKey, counter: number, metadata: Uint8Array, plaintext: Uint8Array<ArrayBuffer>) {
  const ciphertext = await new SFrameCipher().encrypt(key, counter, metadata, plaintext);
  return Uint8Array.of(...encodeHeader(key.kid, counter), ...new Uint8Array(ciphertext));
}

/** Section 4.4.4; null if it doesn't open. */
async function open(key: SFrameKey, metadata: Uint8Array, sealed: Uint8Array<ArrayBuffer>) {
  const header = parseHeader(sealed);
  if (header.tag === 'malformed' || header.kid !== key.kid || typeof header.counter === 'bigint') return null;
  const ciphertext = sealed.subarray(header.length);
  const opened = new SFrameCipher().decrypt(key, header.counter, metadata, ciphertext);
  return opened.then((plaintext) => new Uint8Array(plaintext)).catch(() => null);
}

describe('RFC 9605 appendix C.1: headers', () => {
  test.each([
    [0, 0, '00'],
    [0, 1, '01'],
    [0, 255, '08ff'],
    [0, 256, '090100'],
    [0, 0xffff_ffff_ffff_ffffn, '0fffffffffffffffff'],
    [1, 65535, '19ffff'],
    [255, 0, '80ff'],
    [255, 255, '88ffff'],
    [65536, 256, 'a90100000100'],
    [0xffff_ffff_ffff_ffffn, 0, 'f0ffffffffffffffff'],
    [0xffff_ffff_ffff_ffffn, 0xffff_ffff_ffff_ffffn, 'ffffffffffffffffffffffffffffffffff'],
  ])('kid %i, counter %i', (kid, counter, encoded) => {
    expect(toHex(encodeHeader(kid, counter))).toBe(encoded);
    expect(parseHeader(fromHex(encoded))).toEqual({ tag: 'header', kid, counter, length: encoded.length / 2 });
  });
});

describe('RFC 9605 appendix C.3: AES_256_GCM_SHA512_128', () => {
  const baseKey = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
  const vector = {
    kid: 0x123,
    counter: 0x4567,
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
    const nonce = new Uint8Array(12);
    writeNonce(sealing.salt, vector.counter, nonce);
    expect(toHex(nonce)).toBe(vector.nonce);
    const sealed = await seal(sealing, vector.counter, vector.metadata, vector.plaintext);
    expect(toHex(sealed)).toBe(toHex(vector.sealed));
    const opening = await deriveSFrameKey(base, vector.kid, 'decrypt');
    expect(await open(opening, vector.metadata, vector.sealed)).toEqual(vector.plaintext);
  });

  test('keys can be used for one thing only, and never be read', async () => {
    const octets = fromHex(baseKey);
    const base = await importBaseKey(octets);
    expect(toHex(octets)).toBe('00'.repeat(32));
    const { key } = await deriveSFrameKey(base, 1, 'encrypt');
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
    const header = encodeHeader(0x1_0203, 0x405);
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

  test.each([-1, 0.5, 2 ** 53, -1n, 2n ** 64n])('%d is no key id and no counter', (value) => {
    expect(() => encodeHeader(value, 0)).toThrow(RangeError);
    expect(() => encodeHeader(0, value)).toThrow(RangeError);
  });
});

describe('payloads', () => {
  const pair = async (kid: number, fill = 7) => {
    const base = await importBaseKey(new Uint8Array(32).fill(fill));
    return { seal: await deriveSFrameKey(base, kid, 'encrypt'), open: await deriveSFrameKey(base, kid, 'decrypt') };
  };

  test('any payload opens under any key id and counter', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.maxSafeNat(),
        fc.maxSafeNat(),
        fc.uint8Array({ maxLength: 64 }),
        fc.uint8Array({ maxLength: 3_000 }),
        async (kid, counter, metadata, payload) => {
          const { seal: sealing, open: opening } = await pair(kid);
          const sealed = await seal(sealing, counter, metadata, Uint8Array.from(payload));
          expect(sealed.length).toBe(encodeHeader(kid, counter).length + payload.length + tagOctets);
          expect(await open(opening, metadata, sealed)).toEqual(Uint8Array.from(payload));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a changed octet anywhere, other metadata or another key opens nothing', async () => {
    const { seal: sealing, open: opening } = await pair(0x5_0001);
    const metadata = Uint8Array.of(1, 2, 3);
    const sealed = await seal(sealing, 300, metadata, Uint8Array.of(9, 9, 9));
    expect(await open(opening, metadata, sealed)).toEqual(Uint8Array.of(9, 9, 9));
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Uint8Array.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(await open(opening, metadata, changed)).toBeNull();
    }
    for (let length = 0; length < sealed.length; length += 1) {
      expect(await open(opening, metadata, sealed.slice(0, length))).toBeNull();
    }
    expect(await open(opening, Uint8Array.of(1, 2), sealed)).toBeNull();
    expect(await open((await pair(0x6_0001)).open, metadata, sealed)).toBeNull();
    expect(await open((await pair(0x5_0001, 8)).open, metadata, sealed)).toBeNull();
  });
});

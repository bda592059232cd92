import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import { describe, expect, it } from 'vitest';
import { copy, toBase64url, utf8 } from '../src/bytes.ts';
import { hpkeOpen, hpkePublicKey, hpkeSeal } from '../src/hpke.ts';
import { openAes256Gcm, sealAes256Gcm } from '../src/nodeAes256Gcm.ts';
import { NodeHkdf } from '../src/nodeHkdf.ts';
import { random } from './installation.ts';

const text = (bytes: ArrayBuffer | Uint8Array) => toBase64url(new Uint8Array(bytes));
const hex = (digits: string) => new Uint8Array(Buffer.from(digits, 'hex'));

describe('HKDF by the platform', () => {
  it('gives RFC 5869’s first answer', async () => {
    const hkdf = new NodeHkdf();
    const [salt, ikm, info] = [hex('000102030405060708090a0b0c'), hex('0b'.repeat(22)), hex('f0f1f2f3f4f5f6f7f8f9')];
    const okm = await hkdf.extractAndExpand(salt, ikm, info, 42);
    expect(Buffer.from(okm).toString('hex')).toBe(
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    );
  });

  it.each([12, 32, 64, 100])('gives what the library’s gives, %i bytes of it', async (length) => {
    const [theirs, ours] = [new HkdfSha256(), new NodeHkdf()];
    const [salt, ikm, info] = [random(32), random(48), random(20)];
    const prk = await ours.extract(salt, ikm);
    expect(text(prk)).toBe(text(await theirs.extract(salt, ikm)));
    expect(text(await ours.extract(new Uint8Array(), ikm))).toBe(text(await theirs.extract(new Uint8Array(), ikm)));
    expect(text(await ours.expand(prk, info, length))).toBe(text(await theirs.expand(prk, info, length)));
    expect(text(await ours.extractAndExpand(salt, ikm, info, length))).toBe(
      text(await theirs.extractAndExpand(salt, ikm, info, length)),
    );
  });
});

describe('AES-256-GCM by the platform', () => {
  it('opens what it sealed, and nothing that was changed or cut', () => {
    const [key, nonce, aad, plaintext] = [random(32), random(12), utf8('what for'), random(32)];
    const sealed = sealAes256Gcm(key, nonce, plaintext, aad);
    expect(text(openAes256Gcm(key, nonce, sealed, aad))).toBe(text(plaintext));
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = copy(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => openAes256Gcm(key, nonce, changed, aad)).toThrow();
      expect(() => openAes256Gcm(key, nonce, sealed.subarray(0, at), aad)).toThrow();
    }
    expect(() => openAes256Gcm(key, nonce, sealed, utf8('something else'))).toThrow();
    expect(() => openAes256Gcm(random(32), nonce, sealed, aad)).toThrow();
  });
});

describe('HPKE by the platform', () => {
  it('seals to the byte as the library does, by the same randomness', async () => {
    const library = new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
    const [seed, plaintext, info, aad, ekm] = [random(32), random(32), random(32), random(16), random(64)];
    const publicKey = await hpkePublicKey(copy(seed));
    const sealed = await hpkeSeal(publicKey, { info, aad }, plaintext, copy(ekm));
    const recipientPublicKey = await library.kem.deserializePublicKey(publicKey);
    const { enc, ct } = await library.seal({ recipientPublicKey, info, ekm: copy(ekm).buffer }, plaintext, aad);
    expect([text(sealed.enc), text(sealed.ciphertext)]).toEqual([text(enc), text(ct)]);
    expect(text((await hpkeOpen(copy(seed), { info, aad }, sealed)) ?? new Uint8Array())).toBe(text(plaintext));
    expect(await hpkeOpen(copy(seed), { info: random(32), aad }, sealed)).toBeNull();
  });
});

import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import canonicalize from 'canonicalize';
import { describe, expect, it } from 'vitest';
import { canonicalContext } from '../src/index.ts';
import { fromHex, someContext, text, toHex } from './sealing.ts';

/** What the format stands on gives the answers of its standards in this very runtime. */
describe('RFC 8785', () => {
  it('section 3.2.2: serialises literals, numbers and strings', () => {
    const value = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonicalize(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('section 3.2.3: sorts names by UTF-16 code units', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect([...(canonicalize(value) ?? '').matchAll(/:"([^"]+)"/g)].map(([, name]) => name)).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it('appendix B: writes numbers as ECMAScript does', () => {
    const samples: readonly (readonly [string, string])[] = [
      ['0000000000000000', '0'],
      ['8000000000000000', '0'],
      ['0000000000000001', '5e-324'],
      ['8000000000000001', '-5e-324'],
      ['7fefffffffffffff', '1.7976931348623157e+308'],
      ['4340000000000000', '9007199254740992'],
      ['4430000000000000', '295147905179352830000'],
      ['44b52d02c7e14af5', '9.999999999999997e+22'],
      ['44b52d02c7e14af6', '1e+23'],
      ['444b1ae4d6e2ef4f', '999999999999999900000'],
      ['444b1ae4d6e2ef50', '1e+21'],
      ['3eb0c6f7a0b5ed8d', '0.000001'],
      ['41b3de4355555553', '333333333.3333332'],
    ];
    for (const [bits, written] of samples) {
      expect(canonicalize(new DataView(fromHex(bits).buffer).getFloat64(0))).toBe(written);
    }
  });

  it('gives a context one form', () => {
    const context = { object: someContext({ visit: null }), part: 'body', run: 7 } as const;
    expect(new TextDecoder().decode(canonicalContext(context))).toBe(
      `{"clinic":"${'c'.repeat(21)}A","consent":"${'k'.repeat(42)}A","kind":"recording","object":"${'o'.repeat(21)}A",` +
        `"part":"body","pseudonym":"${'p'.repeat(21)}A","run":7,"track":3,"type":"sotto/vault/context/v1","visit":null}`,
    );
  });
});

describe('RFC 9180', () => {
  it('appendix A.1.1: the base mode seals as published', async () => {
    const suite = new CipherSuite({
      kem: new DhkemX25519HkdfSha256(),
      kdf: new HkdfSha256(),
      aead: new Aes128Gcm(),
    });
    const ephemeral = await suite.kem.deriveKeyPair(
      fromHex('7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234').buffer,
    );
    const recipient = await suite.kem.deriveKeyPair(
      fromHex('6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037').buffer,
    );
    const info = fromHex('4f6465206f6e2061204772656369616e2055726e');
    const plaintext = fromHex('4265617574792069732074727574682c20747275746820626561757479');
    const sealed = await suite.seal(
      { recipientPublicKey: recipient.publicKey, info, ekm: ephemeral },
      plaintext,
      text('Count-0'),
    );
    expect(toHex(new Uint8Array(sealed.enc))).toBe('37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431');
    expect(toHex(new Uint8Array(sealed.ct))).toBe(
      'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
    );
    const opened = await suite.open(
      { recipientKey: recipient.privateKey, enc: sealed.enc, info },
      sealed.ct,
      text('Count-0'),
    );
    expect(toHex(new Uint8Array(opened))).toBe(toHex(plaintext));
  });
});

describe('draft-connolly-cfrg-xwing-kem', () => {
  it('appendix C, first vector: encapsulates and decapsulates as published', async () => {
    const kem = new XWing();
    const pair = await kem.generateKeyPairDerand(
      fromHex('7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26'),
    );
    const { enc, sharedSecret } = await kem.encap({
      recipientPublicKey: pair.publicKey,
      ekm: fromHex(
        '3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e2' +
          '35b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2',
      ).buffer,
    });
    const expected = 'd2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384';
    expect(toHex(new Uint8Array(sharedSecret))).toBe(expected);
    // The vector's ciphertext by its SHA-256.
    expect(toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', enc)))).toBe(
      '17cd532d657e44c897ca6583e548a5424fc70bf54f99515a4d2bcf99e3469f33',
    );
    const decapsulated = await kem.decap({ recipientKey: pair.privateKey, enc });
    expect(toHex(new Uint8Array(decapsulated))).toBe(expected);
  });
});

describe('RFC 8032', () => {
  it('section 7.1, test 2: the signature verifies, and no other message’s', async () => {
    const publicKey = fromHex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
    const signature = fromHex(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
        '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
    const key = await crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify']);
    expect(await crypto.subtle.verify('Ed25519', key, signature, Uint8Array.of(0x72))).toBe(true);
    expect(await crypto.subtle.verify('Ed25519', key, signature, Uint8Array.of(0x73))).toBe(false);
  });
});

describe('RFC 5869', () => {
  it('appendix A.1: WebCrypto derives as published', async () => {
    const key = await crypto.subtle.importKey('raw', new Uint8Array(22).fill(0x0b), 'HKDF', false, ['deriveBits']);
    const derived = await crypto.subtle.deriveBits(
      {
        name: 'HKDF',
        hash: 'SHA-256',
        salt: fromHex('000102030405060708090a0b0c'),
        info: fromHex('f0f1f2f3f4f5f6f7f8f9'),
      },
      key,
      42 * 8,
    );
    expect(toHex(new Uint8Array(derived))).toBe(
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    );
  });
});

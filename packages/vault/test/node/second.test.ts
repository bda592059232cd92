import { beforeAll, describe, expect, it } from 'vitest';
import { type Desk, openDesk, sealObject } from '../sealing.ts';
import { aeadOpen, keySchedule } from '../second/hpke.ts';
import { openWithSecondReader, readManifest, sha256 } from '../second/secondReader.ts';
import { openStream } from '../second/tinkStream.ts';
import { xWingDecapsulate, xWingPublicKey } from '../second/xWing.ts';
import { vectorPlaintext } from '../vectors/plaintext.ts';
import vectors from '../vectors/v1.json' with { type: 'json' };

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const base64url = (text: string): Buffer => Buffer.from(text, 'base64url');

describe('the second reader', () => {
  it('reads what Tink publishes of its streaming encryption', () => {
    // From Tink's cross-language tests: AES-128, SHA-1, segments of 64 bytes.
    const ciphertext = hex(
      '1893b3af5e14ab378d065addfc8484da642c0862877baea8' +
        'db92d9c77406a406168478821c4298eab3e6d531277f4c1a051714faebcaefcbca7b7be05e9445ea' +
        'a0bb2904153398a25084dd80ae0edcd1c3079fcea2cd3770630ee36f7539207b8ec9d754956d486b71cdf989f0ed6fba' +
        '6779b63558be0a66e668df14e1603cd2' +
        'af8944844078345286d0b292e772e7190775c51a0f83e40c0b75821027e7e538e111',
    );
    const opened = openStream(
      { hash: 'sha1', derivedKeySize: 16, segmentSize: 64 },
      hex('6eb56cdc726dfbe5d57f2fcdc6e9345b'),
      Buffer.from('aad'),
      ciphertext,
    );
    expect(opened.toString()).toBe(
      'This is a fairly long plaintext. It is of the exact length to create three output blocks. ',
    );
  });

  it('knows the key schedule of RFC 9180 appendix A.1.1', () => {
    const { key, baseNonce } = keySchedule(
      { kem: 0x0020, aead: 0x0001, keySize: 16 },
      hex('fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc'),
      hex('4f6465206f6e2061204772656369616e2055726e'),
    );
    expect(key.toString('hex')).toBe('4531685d41d65f03dc48f6b8302c05b0');
    expect(baseNonce.toString('hex')).toBe('56d890e5accaaf011cff4b7d');
    const ciphertext = hex(
      'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
    );
    expect(aeadOpen(key, baseNonce, Buffer.from('Count-0'), ciphertext).toString()).toBe(
      'Beauty is truth, truth beauty',
    );
  });

  it('knows X-Wing as its draft’s first vector has it', async () => {
    const { XWing } = await import('@hpke/hybridkem-x-wing');
    const seed = hex('7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26');
    const kem = new XWing();
    const pair = await kem.generateKeyPairDerand(new Uint8Array(seed));
    expect(xWingPublicKey(seed).equals(Buffer.from(await kem.serializePublicKey(pair.publicKey)))).toBe(true);
    const { enc } = await kem.encap({
      recipientPublicKey: pair.publicKey,
      ekm: new Uint8Array(
        hex(
          '3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e2' +
            '35b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2',
        ),
      ).buffer,
    });
    expect(sha256(Buffer.from(enc)).toString('hex')).toBe(
      '17cd532d657e44c897ca6583e548a5424fc70bf54f99515a4d2bcf99e3469f33',
    );
    expect(xWingDecapsulate(seed, Buffer.from(enc)).toString('hex')).toBe(
      'd2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384',
    );
  });

  it('opens the frozen object by each of its manifests', () => {
    const { object } = vectors;
    for (const { publicKey, bytes } of object.manifests) {
      const manifest = readManifest(base64url(bytes), base64url(publicKey), object.rpId, object.origin);
      const { plaintext, head } = openWithSecondReader(
        manifest,
        object.runs.map(base64url),
        base64url(object.head),
        base64url(vectors.privateKey),
      );
      const expected = object.plaintextLengths.map((length, run) => vectorPlaintext(length, run));
      expect(plaintext.equals(Buffer.concat(expected))).toBe(true);
      expect(head?.equals(vectorPlaintext(object.headLength, 200))).toBe(true);
    }
  });

  it('opens the body of every frozen run with its data key alone', () => {
    for (const { file, record, randomness } of vectors.runs) {
      const bytes = base64url(file);
      const opened = openStream(
        { hash: 'sha256', derivedKeySize: 32, segmentSize: 4096 },
        base64url(randomness.dataKey),
        bytes.subarray(16, 48),
        bytes.subarray(1280),
      );
      expect(opened.equals(vectorPlaintext(record.length, 0))).toBe(true);
    }
  });

  describe('and the package', () => {
    let desk: Desk;

    beforeAll(async () => {
      desk = await openDesk();
    });

    it('agree on fresh objects', async () => {
      for (const lengths of [[0], [1, -1], [4040, 4041], [8120, -3, 12_201, 0], [600_000]]) {
        const stored = await sealObject(desk, lengths, lengths.length > 1 ? 500 : null);
        const manifest = readManifest(Buffer.from(stored.manifest), Buffer.from(desk.signer.publicKey), '', '');
        const { plaintext, head } = openWithSecondReader(
          manifest,
          stored.runs.map((run) => Buffer.from(run)),
          stored.head === null ? null : Buffer.from(stored.head),
          Buffer.from(desk.privateKey),
        );
        expect(plaintext.equals(stored.plaintext)).toBe(true);
        expect(head?.equals(stored.headPlaintext) ?? stored.head === null).toBe(true);
      }
    });
  });
});

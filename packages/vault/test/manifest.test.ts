import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Bytes,
  checkManifest,
  hash,
  inspectManifest,
  type Manifest,
  type ManifestSigner,
  passkeySigner,
  signManifest,
  type TrustedSigner,
} from '../src/index.ts';
import { rejection } from './opening.ts';
import { type Desk, join, openDesk, sealedAt, sealRun, someContext, text } from './sealing.ts';
import {
  assertionOf,
  base64url,
  type Ceremony,
  type Es256Pair,
  es256Pair,
  es256Signer,
  mirrored,
  passkey,
  trustedPasskey,
} from './signers.ts';

describe('a manifest', () => {
  let desk: Desk;
  let manifest: Manifest;
  let pair: Es256Pair;

  beforeAll(async () => {
    desk = await openDesk();
    pair = await es256Pair();
    const { record } = await sealRun(desk, 0, null, [text('heard in confidence')]);
    manifest = { context: desk.context, roster: hash.parse('r'.repeat(43)), sealedAt, runs: [record], head: null };
  });

  const check = (bytes: Bytes, signer: TrustedSigner = desk.trusted) =>
    checkManifest(bytes, { signer, context: desk.context, hash: null });

  const webAuthn = (): TrustedSigner => trustedPasskey(pair);

  it('signed with Ed25519 says what was signed', async () => {
    const checked = await check(await signManifest(manifest, desk.signer));
    expect(checked).toMatchObject(manifest);
    expect(checked.algorithm).toBe('Ed25519');
  });

  it('signed with ES256 says what was signed', async () => {
    const signed = await signManifest(manifest, es256Signer(pair));
    const checked = await check(signed, { algorithm: 'ES256', publicKey: pair.publicKey });
    expect(checked).toMatchObject(manifest);
  });

  it('signed with a passkey says what was signed', async () => {
    for (let round = 0; round < 20; round += 1) {
      expect(await check(await signManifest(manifest, passkey(pair)), webAuthn())).toMatchObject(manifest);
    }
  });

  /** A manifest that a careless writer let go, signed in this ceremony. */
  const letGo = async (ceremony: Ceremony): Promise<Bytes> => {
    const good = await signManifest(manifest, passkey(pair));
    const signedLength = 16 + 65 + new DataView(good.buffer).getUint32(12);
    const signed = good.slice(0, signedLength);
    const message = join(text('sotto/vault/v1 manifest'), Uint8Array.of(0), signed);
    const field = await passkey(pair, ceremony).sign(message);
    return join(signed, Uint8Array.of(field.length >> 8, field.length & 0xff), field);
  };

  it('signed with P-256 has a twin that anybody can make, with another hash and not a word changed', async () => {
    const trusted: TrustedSigner = { algorithm: 'ES256', publicKey: pair.publicKey };
    for (const [signer, reader] of [
      [es256Signer(pair), trusted],
      [passkey(pair), webAuthn()],
    ] as const) {
      const signed = await signManifest(manifest, signer);
      const twin = mirrored(signed);
      const [one, other] = [await check(signed, reader), await check(twin, reader)];
      expect(other).toMatchObject(manifest);
      expect(other.hash).not.toBe(one.hash);
      const expected = { signer: reader, context: desk.context, hash: one.hash };
      expect(await rejection(checkManifest(twin, expected))).toEqual({ code: 'mismatch', at: 'manifest' });
    }
    const ed25519 = await signManifest(manifest, desk.signer);
    expect(await rejection(check(mirrored(ed25519)))).toEqual({ code: 'authenticity', at: 'signature' });
  });

  it('signed by a passkey for another page, or without the person, is refused', async () => {
    const wrong: Ceremony[] = [
      { rpId: 'clinic.example.evil' },
      { flags: 0x04 },
      { flags: 0x01 },
      { client: { origin: 'https://evil.example' } },
      { client: { challenge: base64url(new Uint8Array(32)) } },
      { client: { crossOrigin: true } },
    ];
    const wrongType: Ceremony = { client: { type: 'webauthn.create' } };
    for (const ceremony of wrong) {
      const mismatch = { code: 'mismatch', at: 'signature' };
      expect(await rejection(signManifest(manifest, passkey(pair, ceremony)))).toEqual(mismatch);
      expect(await rejection(check(await letGo(ceremony), webAuthn()))).toEqual(mismatch);
    }
    const format = { code: 'format', at: 'signature' };
    expect(await rejection(signManifest(manifest, passkey(pair, wrongType)))).toEqual(format);
    expect(await rejection(check(await letGo(wrongType), webAuthn()))).toEqual(format);
  });

  it('signed by a passkey is let go only with a signature in DER', async () => {
    const integer = (...digits: number[]) => Uint8Array.of(2, digits.length, ...digits);
    const one = integer(1);
    const sequence = (...integers: Uint8Array[]) => join(Uint8Array.of(0x30, join(...integers).length), ...integers);
    const long = (first: number, length: number) => integer(first, ...Array.from({ length: length - 1 }, () => 1));
    const wrong = [
      sequence(integer(0x80), one),
      sequence(one, long(0xff, 32)),
      sequence(integer(0, 1), one),
      sequence(one, integer(0, 0x7f)),
      sequence(long(1, 33), one),
      sequence(one),
      sequence(one, one, one),
      sequence(one, Uint8Array.of(2, 0)),
      join(sequence(one, one), Uint8Array.of(0)),
    ];
    for (const signature of wrong) {
      const where = { rpId: 'clinic.example', origins: ['https://clinic.example'] };
      const signer = passkeySigner({ publicKey: pair.publicKey, ...where }, async (challenge) => ({
        ...(await assertionOf(pair, challenge)),
        signature,
      }));
      expect(await rejection(signManifest(manifest, signer))).toEqual({ code: 'port', at: 'signer' });
    }
  });

  it('signed by somebody else, or by the right key under another algorithm, is refused', async () => {
    const signed = await signManifest(manifest, desk.signer);
    const stranger = await openDesk();
    expect(await rejection(check(signed, stranger.trusted))).toEqual({ code: 'mismatch', at: 'signature' });
    expect(await rejection(check(signed, webAuthn()))).toEqual({ code: 'mismatch', at: 'signature' });
    const es256 = await signManifest(manifest, es256Signer(pair));
    expect(await rejection(check(es256, webAuthn()))).toEqual({ code: 'mismatch', at: 'signature' });
  });

  it('of another object is refused', async () => {
    const others = [
      { clinic: 'z'.repeat(22) },
      { pseudonym: 'z'.repeat(22) },
      { visit: null },
      { object: 'z'.repeat(22) },
      { kind: 'note' },
      { track: 4 },
      { consent: null },
    ];
    const signed = await signManifest(manifest, desk.signer);
    for (const over of others) {
      const expected = { signer: desk.trusted, context: someContext(over), hash: null };
      expect(await rejection(checkManifest(signed, expected))).toEqual({ code: 'mismatch', at: 'manifest' });
    }
  });

  it('that is not the logged one is refused', async () => {
    const first = await signManifest(manifest, desk.signer);
    const second = await signManifest({ ...manifest, sealedAt: '2031-05-06T07:08:10Z' }, desk.signer);
    const logged = (await inspectManifest(second)).hash;
    const expected = { signer: desk.trusted, context: desk.context, hash: logged };
    expect((await checkManifest(second, expected)).hash).toBe(logged);
    expect(await rejection(checkManifest(first, expected))).toEqual({ code: 'mismatch', at: 'manifest' });
  });

  it('is what its signature is over, whatever the caller does to the bytes meanwhile', async () => {
    const signed = await signManifest(manifest, desk.signer);
    const at = new TextDecoder('latin1').decode(signed).indexOf(sealedAt);
    const forged = signed.slice();
    forged[at] = (forged[at] ?? 0) + 1;
    const checking = check(forged);
    forged.set(signed);
    expect(await rejection(checking)).toEqual({ code: 'authenticity', at: 'signature' });
    const stranger = await openDesk();
    const expected = { signer: desk.trusted, context: { ...desk.context }, hash: null };
    const asked = checkManifest(signed, expected);
    expected.signer = stranger.trusted;
    expected.context = someContext({ track: 4 });
    expect((await asked).context).toEqual(desk.context);
  });

  it('is refused when it is in shared memory, which could change, or isn’t bytes', async () => {
    const signed = await signManifest(manifest, desk.signer);
    // SharedArrayBuffer itself is hidden from pages that aren't isolated from others.
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const shared: Uint8Array = new Uint8Array(memory.buffer, 0, signed.byteLength);
    shared.set(signed);
    expect(await rejection(check(shared as Bytes))).toEqual({ code: 'argument', at: 'manifest' });
    expect(await rejection(inspectManifest(shared as Bytes))).toEqual({ code: 'argument', at: 'manifest' });
    const nothing: unknown = undefined;
    expect(await rejection(check(nothing as Bytes))).toEqual({ code: 'argument', at: 'manifest' });
  });

  it('is not signed when it says what no manifest may say', async () => {
    const [record] = manifest.runs;
    if (record === undefined) throw new Error('no record');
    const wrong: Manifest[] = [
      { ...manifest, runs: [] },
      { ...manifest, runs: Array.from({ length: 1025 }, () => record) },
      { ...manifest, sealedAt: '2031-05-06T07:08:09+01:00' },
      { ...manifest, sealedAt: '2031-05-06T07:08:09.5Z' },
      { ...manifest, runs: [{ ...record, segments: 2 }] },
      { ...manifest, runs: [{ ...record, length: 4041 }] },
      { ...manifest, runs: [{ ...record, ending: 'cut' }] },
      { ...manifest, runs: [{ ...record, length: -1 }] },
      { ...manifest, runs: [{ ...record, length: 0.5 }] },
      { ...manifest, head: { ...record, ending: 'cut', length: 4040 } },
      { ...manifest, head: { ...record, length: 4040 + 4080 * 4112, segments: 4113 } },
    ];
    for (const manifestOf of wrong) {
      expect(await rejection(signManifest(manifestOf, desk.signer))).toEqual({ code: 'argument', at: 'manifest' });
    }
  });

  it('is not let go when its signer failed or signed something else', async () => {
    const broken: ManifestSigner = { ...desk.signer, sign: () => Promise.reject(new Error('no touch')) };
    expect(await rejection(signManifest(manifest, broken))).toEqual({ code: 'port', at: 'signer' });
    const careless: ManifestSigner = { ...desk.signer, sign: (message) => desk.signer.sign(message.slice(1)) };
    expect(await rejection(signManifest(manifest, careless))).toEqual({ code: 'authenticity', at: 'signature' });
  });

  describe('in other bytes', () => {
    const label = join(text('sotto/vault/v1 manifest'), Uint8Array.of(0));

    /** Signs any payload text as a manifest, as a writer with a defect would. */
    const signText = async (payload: Bytes): Promise<Bytes> => {
      const fixed = new Uint8Array(16);
      fixed.set([0x89, 0x53, 0x4d, 0x46, 0x53, 0x0d, 0x0a, 0x1a, 0, 1, 0, 1]);
      new DataView(fixed.buffer).setUint32(12, payload.byteLength);
      const signed = join(fixed, desk.signer.publicKey, payload);
      return join(signed, Uint8Array.of(0, 64), await desk.signer.sign(join(label, signed)));
    };

    const payloadOf = async (): Promise<string> => {
      const signed = await signManifest(manifest, desk.signer);
      return new TextDecoder().decode(signed.subarray(48, signed.byteLength - 66));
    };

    it('is the same when written by the letter', async () => {
      const payload = await payloadOf();
      expect(await check(await signText(text(payload)))).toMatchObject(manifest);
      expect(payload).toMatch(
        /^\{"context":\{"clinic":.*\},"head":null,"roster":.*,"runs":\[.*\],"sealedAt":.*,"type":.*\}$/,
      );
    });

    it('is refused when its JSON is not canonical or not of its shape', async () => {
      const payload = await payloadOf();
      const wrong = [
        ` ${payload}`,
        `${payload}\n`,
        payload.replace('"head":null,', ''),
        payload.replace('"head":null', '"head":null,"head":null'),
        payload.replace('"head":null', '"head":null,"more":1'),
        payload.replace('"track":3', '"track":3.0'),
        payload.replace('"track":3', '"track":3e0'),
        payload.replace('"track":3', '"track":"3"'),
        payload.replace('recording', 'r\\u0065cording'),
        payload.replace('recording', 'opera'),
        payload.replace('manifest/v1', 'manifest/v2'),
        payload.replace('"segments":1', '"segments":0'),
        payload.replace('"ending":"closed"', '"ending":"open"'),
        payload.replace(sealedAt, 'yesterday'),
        '[]',
        'null',
        '',
        '[['.repeat(10_000),
      ];
      for (const edited of wrong) {
        expect(edited).not.toBe(payload);
        expect(await rejection(check(await signText(text(edited))))).toEqual({ code: 'format', at: 'manifest' });
      }
      const notText = await signText(Uint8Array.of(0xff, 0xfe, 0x7b, 0x7d));
      expect(await rejection(check(notText))).toEqual({ code: 'format', at: 'manifest' });
    });

    it('is refused by its lengths before anything of them is copied', async () => {
      const signed = await signManifest(manifest, desk.signer);
      const withPayloadLength = (length: number) => {
        const copy = signed.slice();
        new DataView(copy.buffer).setUint32(12, length);
        return copy;
      };
      const withSignatureLength = (length: number) => {
        const copy = signed.slice();
        new DataView(copy.buffer).setUint16(signed.byteLength - 66, length);
        return copy;
      };
      expect(await rejection(check(withPayloadLength(524_289)))).toEqual({ code: 'limit', at: 'manifest' });
      expect(await rejection(check(withPayloadLength(0xffffffff)))).toEqual({ code: 'limit', at: 'manifest' });
      expect(await rejection(check(withPayloadLength(524_288)))).toEqual({ code: 'length', at: 'manifest' });
      expect(await rejection(check(withSignatureLength(4097)))).toEqual({ code: 'limit', at: 'manifest' });
      expect(await rejection(check(withSignatureLength(65)))).toEqual({ code: 'length', at: 'manifest' });
      expect(await rejection(check(withSignatureLength(63)))).toEqual({ code: 'length', at: 'manifest' });
      expect(await rejection(check(join(signed, Uint8Array.of(0))))).toEqual({ code: 'length', at: 'manifest' });
      expect(await rejection(check(signed.slice(0, 15)))).toEqual({ code: 'length', at: 'manifest' });
    });

    it('is refused by its version and algorithm', async () => {
      const signed = await signManifest(manifest, desk.signer);
      for (const [offset, value] of [
        [9, 2],
        [9, 0],
        [8, 1],
        [11, 0],
        [11, 4],
      ] as const) {
        const copy = signed.slice();
        copy[offset] = value;
        expect(await rejection(check(copy))).toEqual({ code: 'unknownVersion', at: 'manifest' });
      }
    });
  });
});

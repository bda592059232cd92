import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import { initialiseFilesystemStore } from '@sotto/storage/filesystem';
import { createObjectKeyPair, inspectManifest } from '@sotto/vault';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSealedObject, type SealedObject } from './sealedObject.ts';
import { sotto } from './sotto.ts';

const id = (letter: string): string => letter.repeat(21).concat('A');
const folderName = id('f');

describe('sotto vault verify of a storage', () => {
  let folder: string;
  let root: string;
  let own: string;
  let sealed: SealedObject;
  let key: KeyObject;
  let keystore: string;
  let statement: object;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sotto-cli-storage-'));
    sealed = await makeSealedObject(folder);
    root = join(folder, 'recordings');
    await initialiseFilesystemStore(root);
    own = join(root, 'parts', folderName);
    mkdirSync(own, { mode: 0o700 });
    for (const name of readdirSync(sealed.folder)) {
      copyFileSync(join(sealed.folder, name), join(own, name.replace(/^run-(\d{4})-part-/, '$1-')));
    }
    const pair = generateKeyPairSync('ed25519');
    key = pair.privateKey;
    keystore = pair.publicKey.export({ format: 'jwk' }).x ?? '';
    statement = await stated({});
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What the keystore says of the object, otherwise where told. */
  const stated = async (changes: object) => {
    const { context, hash } = await inspectManifest(new Uint8Array(readFileSync(join(sealed.folder, 'manifest'))));
    const { clinic, pseudonym, visit, object, kind } = context;
    const payload = {
      ...{ clinic, kind, manifest: hash as string, object, pseudonym, registeredAt: '2031-05-06T07:08:09.000Z' },
      ...{ type: 'sotto/object-registered/v1', visit, writer: id('w') },
      ...changes,
    };
    const signed = Buffer.from(`sotto/keystore/v1 statement\0${JSON.stringify(payload)}`);
    return { payload, signature: sign(null, signed, key).toString('base64url') };
  };

  const verify = async (lines: readonly object[], ...more: string[]) => {
    const registry = join(folder, 'registry.jsonl');
    writeFileSync(registry, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return sotto(['vault', 'verify', root, '--registry', registry, '--keystore', keystore, ...more]);
  };
  const known = (changes: object = {}) => ({
    ...{ object: sealed.object, folder: folderName, statement, removed: null },
    ...changes,
  });
  /** Verifies with one file of the storage changed. */
  const changed = async (name: string, change: (octets: Buffer) => Uint8Array) => {
    const path = join(own, name);
    const before = readFileSync(path);
    writeFileSync(path, change(Buffer.from(before)));
    const outcome = await verify([known()]);
    writeFileSync(path, before);
    return outcome;
  };

  it('says that every byte is as it was registered, without a key', async () => {
    const underWay = { object: id('u'), folder: id('u'), statement: null, removed: null };
    const { code, out, said } = await verify([known(), underWay]);
    expect([code, out.toString()]).toEqual([0, '']);
    expect(said).toBe(
      'Every byte of 1 objects is as it was registered; 1 under way, 0 taken away, 0 in the storage that the registry ' +
        'doesn’t know. Whether they open takes a key.\n',
    );
  });

  it('names what was changed, cut, extended, or is missing', async () => {
    const flip = (octets: Buffer) => {
      const last = octets.length - 1;
      octets[last] = (octets[last] ?? 0) ^ 1;
      return octets;
    };
    const wrong = [
      await changed('0000-000000', flip),
      await changed('0001-000002', (octets) => octets.subarray(0, -1)),
      await changed('0001-000002', (octets) => Buffer.concat([octets, Buffer.of(0)])),
      await changed('head', flip),
      await changed('manifest', flip),
      await verify([known({ folder: id('n') })]),
      await verify([known({ removed: 'shredded' })]),
    ];
    for (const { code, out, said } of wrong) {
      expect(code).toBe(1);
      expect(out.toString()).toMatch(new RegExp(`^${sealed.object} .+\n$`));
      expect(said).toMatch(/^1 of 1 objects are not as they should be; .+\n$/);
    }
  });

  it('believes no registration that the keystore didn’t sign, or that is of something else', async () => {
    const unsigned = { ...statement, signature: 'A'.repeat(86) };
    const others = [unsigned, await stated({ object: id('x') }), await stated({ pseudonym: id('x') })];
    others.push(await stated({ manifest: 'A'.repeat(43) }), await stated({ kind: 'note' }));
    for (const other of others) expect((await verify([known({ statement: other })])).code).toBe(1);
  });

  describe('with a release', () => {
    /** What whoever asked for the object's key has. @param sealedFor what the key is sealed for, if it isn't that request */
    const released = async (changes: object = {}, sealedFor: object = {}): Promise<string> => {
      const viewer = await createObjectKeyPair();
      const text = (octets: Uint8Array) => Buffer.from(octets).toString('base64url');
      const request = {
        ...{ type: 'sotto/release/v1', id: id('i'), nonce: id('n'), clinic: id('c'), user: id('s') },
        ...{ objects: [sealed.object], purpose: 'operations', use: 'open', breakGlass: null, approver: null },
        ...{ viewerKey: text(viewer.publicKey), closingKey: 'A'.repeat(43), expiry: '2031-05-06T07:08:09Z' },
      };
      const signed = Object.entries({ ...request, ...sealedFor }).sort(([one], [other]) => (one < other ? -1 : 1));
      const info = createHash('sha256')
        .update(`sotto/release/v1${JSON.stringify(Object.fromEntries(signed))}`)
        .digest();
      const suite = new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
      const { privateKey } = JSON.parse(readFileSync(sealed.key, 'utf8')) as { privateKey: string };
      const { enc, ct } = await suite.seal(
        { recipientPublicKey: await suite.kem.deserializePublicKey(viewer.publicKey), info: new Uint8Array(info) },
        new Uint8Array(Buffer.from(privateKey, 'base64url')),
        new Uint8Array(Buffer.from(sealed.object, 'base64url')),
      );
      const key = { object: sealed.object, enc: text(new Uint8Array(enc)), sealed: text(new Uint8Array(ct)) };
      const answer = { isWitnessed: true, keys: [{ ...key, proof: '', registration: statement, ...changes }] };
      const path = join(folder, 'release.json');
      writeFileSync(path, JSON.stringify({ viewerKey: text(viewer.privateKey), request, answer }), { mode: 0o600 });
      return path;
    };

    it('opens what it is of', async () => {
      const { code, said } = await verify([known()], '--release', await released());
      expect([code, said]).toEqual([0, expect.stringMatching(/^Every byte of 1 objects .+\. 1 of them open\.\n$/)]);
    });

    it('doesn’t miss what was taken away since', async () => {
      const kept = join(folder, 'kept');
      renameSync(own, kept);
      try {
        const { code, said } = await verify([known({ removed: 'shredded' })], '--release', await released());
        expect([code, said]).toEqual([
          0,
          expect.stringMatching(/0 of them open, 1 that were released have been taken away since\.\n$/),
        ]);
      } finally {
        renameSync(kept, own);
      }
    });

    it('says what doesn’t open by it, or isn’t what was released', async () => {
      const another = await verify([known()], '--release', await released({}, { purpose: 'treatment' }));
      // One line of the result: the others are looked at all the same.
      const line = `${sealed.object} was released to another key, or for another request\n`;
      expect([another.code, another.out.toString()]).toEqual([1, line]);
      expect(another.said).toMatch(/^1 of 1 objects are not as they should be/);
      const older = await stated({ manifest: 'A'.repeat(43) });
      const wrong = await verify([known()], '--release', await released({ registration: older }));
      expect([wrong.code, wrong.out.toString()]).toEqual([1, `${sealed.object} was released as something else\n`]);
      const unknown = await verify([], '--release', await released());
      expect(unknown).toMatchObject({ code: 1, said: 'The release is of something that the registry doesn’t have.\n' });
      const open = await released();
      chmodSync(open, 0o640);
      const readable = await verify([known()], '--release', open);
      expect(readable).toMatchObject({ code: 2, said: `Others can read ${open}: chmod 600 it first.\n` });
      chmodSync(open, 0o600);
      const none = await verify([known()], '--release', sealed.key);
      expect(none).toMatchObject({ code: 2, said: `${sealed.key} isn’t a release.\n`.replace('isn’t', "isn't") });
    });
  });

  it('counts what the registry doesn’t know', async () => {
    const { code, said } = await verify([]);
    expect(code).toBe(0);
    expect(said).toContain('1 in the storage that the registry doesn’t know');
  });

  it('says what it can’t do', async () => {
    for (const [args, sentence] of [
      [['--registry', join(folder, 'none')], /--keystore KEY/],
      [['--keystore', keystore], /--keystore goes with --registry/],
      [['--registry', join(folder, 'registry.jsonl'), '--keystore', 'planted'], /isn’t a keystore’s statement key/],
      [['--registry', join(folder, 'registry.jsonl'), '--keystore', keystore, '--key', 'x'], /--registry goes with/],
    ] as const) {
      const { code, said } = await sotto(['vault', 'verify', root, ...args]);
      expect([code, said]).toEqual([2, expect.stringMatching(sentence)]);
    }
    const empty = await sotto(['vault', 'verify', sealed.folder, '--registry', sealed.key, '--keystore', keystore]);
    expect([empty.code, empty.said]).toEqual([2, 'The storage can’t be read (unavailable).\n']);
  });

  it('opens an object’s folder as it lies in the storage, with its key', async () => {
    const { code, said } = await sotto(['vault', 'verify', own, '--signer', sealed.signer, '--key', sealed.key]);
    expect([code, said]).toEqual([0, expect.stringMatching(/^Every byte is as it was signed, and opens/)]);
  });
});

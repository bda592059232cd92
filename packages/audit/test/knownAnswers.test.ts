import { describe, expect, it } from 'vitest';
import {
  appendLeaves,
  consistencyPath,
  createVerifierKey,
  emptyRange,
  encodeEntry,
  formatVerifierKey,
  portableTreeHasher as hasher,
  inclusionPath,
  noteKeyTypes,
  parseSignedCheckpoint,
  parseVerifierKey,
  rootOf,
  type Subtree,
  signedByLog,
  verifyConsistency,
  verifyInclusion,
} from '../src/index.ts';
import { openVerifier, parseNote, signaturesBy } from '../src/note.ts';
import { fromHex, sampleEntry, toHex } from './samples.ts';

// The eight leaves and all roots of the tree tests that accompany RFC 6962's reference implementation.
const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const leaves = inputs.map((input) => hasher.leaf(fromHex(input)));
const root = ({ start, length }: Subtree) =>
  rootOf(appendLeaves(emptyRange, leaves.slice(start, start + length), hasher), hasher);

describe('RFC 6962 tree hashing', () => {
  it.each(roots.map((expected, size) => [size, expected] as const))(
    'has the known root for %i leaves',
    (size, expected) => {
      expect(toHex(root({ start: 0, length: size }))).toBe(expected);
    },
  );

  // RFC 6962 section 2.1.3 works these out on a tree of seven leaves d0…d6.
  it('takes the audit paths of section 2.1.3', () => {
    const at = (start: number, length: number) => ({ start, length });
    expect(inclusionPath(0, 7)).toEqual([at(1, 1), at(2, 2), at(4, 3)]);
    expect(inclusionPath(3, 7)).toEqual([at(2, 1), at(0, 2), at(4, 3)]);
    expect(inclusionPath(4, 7)).toEqual([at(5, 1), at(6, 1), at(0, 4)]);
    expect(inclusionPath(6, 7)).toEqual([at(4, 2), at(0, 4)]);
    expect(consistencyPath(3, 7)).toEqual([at(2, 1), at(3, 1), at(0, 2), at(4, 3)]);
    expect(consistencyPath(4, 7)).toEqual([at(4, 3)]);
    expect(consistencyPath(6, 7)).toEqual([at(4, 2), at(6, 1), at(0, 4)]);
  });

  // The inclusion proofs and the consistency proof of the reference implementation's tests, hash by hash.
  it('makes the known proofs', () => {
    expect(inclusionPath(5, 8).map(root).map(toHex)).toEqual([
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
    expect(consistencyPath(6, 8).map(root).map(toHex)).toEqual([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
  });

  it('proves every leaf of every size, and every older tree', () => {
    for (let size = 1; size <= 8; size += 1) {
      const whole = root({ start: 0, length: size });
      for (const [index, leaf] of leaves.slice(0, size).entries()) {
        const proof = inclusionPath(index, size).map(root);
        expect(verifyInclusion(leaf, index, size, proof, whole, hasher)).toBe(true);
      }
      for (let old = 0; old <= size; old += 1) {
        const proof = consistencyPath(old, size).map(root);
        expect(verifyConsistency(old, root({ start: 0, length: old }), size, whole, proof, hasher)).toBe(true);
      }
    }
  });
});

describe('RFC 8785', () => {
  // Strings and integers are all that an entry has; the whole of the standard's example isn't one.
  it('section 3.2.2.2: escapes what it must in a string, and nothing else', () => {
    const entry = sampleEntry({ userAgent: String.raw`a/b "c" \d` });
    expect(new TextDecoder().decode(encodeEntry(entry))).toContain(String.raw`"userAgent":"a/b \"c\" \\d"`);
  });

  it('section 3.2.3: sorts the fields by UTF-16 code units, whatever their order was', () => {
    const entry = sampleEntry();
    const turned = Object.fromEntries(Object.entries(entry).reverse()) as typeof entry;
    expect(encodeEntry(turned)).toEqual(encodeEntry(entry));
    const names = [...new TextDecoder().decode(encodeEntry(entry)).matchAll(/"(\w+)":/g)].map(([, name]) => name);
    expect(names).toEqual(Object.keys(entry).sort());
  });
});

describe('FIPS 180-4', () => {
  // The examples of the standard's companion document: one block, and two.
  it.each([
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
  ])('has the known SHA-256 of %s', (text, hash) => {
    expect(toHex(hasher.sha256(new TextEncoder().encode(text)))).toBe(hash);
  });
});

describe('RFC 8032', () => {
  // Section 7.1, TEST 1 (nothing), TEST 2 (one byte) and TEST 3 (two bytes).
  it.each([
    [
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
    [
      'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    ],
  ])('signs and verifies as the test vector %# says', async (seed, publicKey, message, signature) => {
    // PKCS #8 around the seed (RFC 8410 section 7).
    const pkcs8 = fromHex(`302e020100300506032b657004220420${seed}`);
    const key = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign']);
    const signed = await crypto.subtle.sign('Ed25519', key, fromHex(message));
    expect(toHex(new Uint8Array(signed))).toBe(signature);
    const verify = await openVerifier({ publicKey: fromHex(publicKey) });
    expect(await verify(fromHex(signature), fromHex(message))).toBe(true);
    expect(await verify(fromHex(signature), fromHex(`${message}00`))).toBe(false);
  });
});

describe('C2SP signed notes', () => {
  it('believes the note that the documentation of golang.org/x/mod/sumdb/note shows', async () => {
    const key = parseVerifierKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', hasher.sha256);
    const note = parseNote(
      new TextEncoder().encode(
        'If you think cryptography is the answer to your problem,\n' +
          "then you don't know what your problem is.\n\n" +
          '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n',
      ),
    );
    const [signature] = signaturesBy(note, key);
    if (!signature) throw new Error('the note names its signer');
    const opened = await openVerifier(key);
    const verify = (text: string) => opened(signature.signature, new TextEncoder().encode(text));
    expect(await verify(note.text)).toBe(true);
    expect(await verify(note.text.replace('answer', 'question'))).toBe(false);
  });

  // The example of golang.org/x/mod/sumdb/note: the Go checksum database's key and one of its tree heads.
  const goSum = 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8';

  it('reads the verifier key of a log that exists', () => {
    const key = parseVerifierKey(goSum, hasher.sha256);
    expect(key.name).toBe('sum.golang.org');
    expect(toHex(key.keyId)).toBe('033de0ae');
    expect(formatVerifierKey(key)).toBe(goSum);
  });

  it('refuses a verifier key whose id is not that of its key', () => {
    expect(() => parseVerifierKey(goSum.replace('033de0ae', '033de0af'), hasher.sha256)).toThrow('id');
  });

  it('says that somebody else signed', async () => {
    const other = createVerifierKey('example.org/log', noteKeyTypes.ed25519, new Uint8Array(32), hasher.sha256);
    const body = `example.org/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n`;
    const note = `${body}\n— example.org/log ${btoa('\0'.repeat(68))}\n`;
    expect(await signedByLog(parseSignedCheckpoint(new TextEncoder().encode(note)), other)).toBe(false);
  });
});

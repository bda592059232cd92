import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EvidenceManifest, openEvidence, signEvidence } from '../../src/evidenceManifest.ts';
import { encodeSignedCheckpoint, formatVerifierKey, noteKeyTypes, signCheckpoint } from '../../src/index.ts';
import { openKeyFile } from '../../src/witness/index.ts';
import { audit } from './auditCommand.ts';

const name = 'example.org/log';
let folder: string;
let keyFolder: string;
let key: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-evidence-'));
  keyFolder = mkdtempSync(join(tmpdir(), 'sotto-key-'));
  key = formatVerifierKey((await signer()).key);
  mkdirSync(join(folder, 'logs'));
  writeFileSync(join(folder, 'logs/access.jsonl'), 'one\n');
  writeFileSync(join(folder, 'README'), 'two\n');
});
afterEach(() => {
  for (const one of [folder, keyFolder]) rmSync(one, { recursive: true });
});

const keyFile = () => join(keyFolder, 'log.pem');
const signer = () => openKeyFile(keyFile(), name, noteKeyTypes.ed25519);
const sign = (...more: string[]) =>
  audit('evidence', folder, '--key', keyFile(), '--name', name, '--about', 'incident 1', ...more);
const check = () => audit('evidence', folder, '--check', '--log-key', key);
const at = (path: string) => join(folder, path);

describe('npx sotto audit evidence', () => {
  it('signs for every file, and says that they are as they were', async () => {
    expect(await sign()).toEqual({ code: 0, out: 'Signed for 2 files.\n', err: '' });
    expect(await check()).toMatchObject({ code: 0, err: '' });
    expect((await check()).out).toMatch(/^As signed for: 2 files about incident 1, made at \d{4}-.+Z\.\n$/);
    expect(await sign()).toMatchObject({ code: 2 });
  });

  it('can be checked with the page that says how, and nothing of this program', async () => {
    await sign();
    const [text = '', signature = ''] = readFileSync(at('manifest'), 'utf8').split('\n\n');
    const [first, about, , ...files] = text.split('\n');
    expect([first, about]).toEqual(['sotto evidence v1', 'about incident 1']);
    const hash = (path: string) =>
      createHash('sha256')
        .update(readFileSync(at(path)))
        .digest('base64url');
    expect(files).toEqual([`${hash('README')} 4 README`, `${hash('logs/access.jsonl')} 4 logs/access.jsonl`]);
    const signed = Buffer.from(signature.split(' ')[2] ?? '', 'base64').subarray(4);
    const x = Buffer.from(key.split('+').slice(2).join('+'), 'base64').subarray(1).toString('base64url');
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    expect(verifySignature(null, Buffer.from(`${text}\n`), publicKey, signed)).toBe(true);
  });

  it('names what was changed, taken away or brought in', async () => {
    await sign();
    writeFileSync(at('README'), 'TWO\n');
    rmSync(at('logs/access.jsonl'));
    writeFileSync(at('logs/more'), '');
    expect(await check()).toEqual({
      code: 1,
      out: '',
      err: 'README was changed.\nlogs/access.jsonl is gone.\nlogs/more was not signed for.\n',
    });
  });

  it('takes no other key, and no changed manifest', async () => {
    await sign();
    const other = await openKeyFile(join(keyFolder, 'other.pem'), name, noteKeyTypes.ed25519);
    expect(await audit('evidence', folder, '--check', '--log-key', formatVerifierKey(other.key))).toMatchObject({
      code: 1,
      err: 'The manifest was not signed by that key.\n',
    });
    const manifest = readFileSync(at('manifest'), 'utf8');
    writeFileSync(at('manifest'), manifest.replace('incident 1', 'incident 2'));
    expect((await check()).err).toBe('The manifest was not signed by that key.\n');
    writeFileSync(at('manifest'), manifest.replace(' 4 README', ' 04 README'));
    expect(await check()).toMatchObject({ code: 1, out: '' });
  });

  it('signs for no link, and takes none for a file', async () => {
    symlinkSync('/etc/hostname', at('link'));
    expect(await sign()).toMatchObject({ code: 2, out: '' });
    rmSync(at('link'));
    await sign();
    symlinkSync('/etc/hostname', at('link'));
    expect(await check()).toMatchObject({ code: 2, out: '' });
  });
});

describe('a manifest', () => {
  const file = { path: 'a', size: 1, hash: new Uint8Array(32) };
  const manifest: EvidenceManifest = { about: 'incident 1', madeAt: '2031-05-06T07:08:09.000Z', files: [file] };

  it.each<[string, Partial<EvidenceManifest>]>([
    ['no file', { files: [] }],
    ['a path that leads out', { files: [{ ...file, path: '../a' }] }],
    ['a path of its own root', { files: [{ ...file, path: '/a' }] }],
    ['a path of two lines', { files: [{ ...file, path: 'a\nb' }] }],
    ['one file twice', { files: [file, file] }],
    ['files in another order', { files: [{ ...file, path: 'b' }, file] }],
    ['a size that is none', { files: [{ ...file, size: -1 }] }],
    ['words of two lines', { about: 'a\nb' }],
    ['a time that is none', { madeAt: '2031-13-06T07:08:09.000Z' }],
  ])('isn’t made with %s', async (_, wrong) => {
    await expect(signEvidence({ ...manifest, ...wrong }, await signer())).rejects.toMatchObject({ code: 'evidence' });
  });

  it('is read as it was written, or not at all', async () => {
    const own = await signer();
    const bytes = await signEvidence(manifest, own);
    expect(await openEvidence(bytes, own.key)).toEqual(manifest);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (place, bits) => {
        const changed = bytes.with(place, (bytes[place] ?? 0) ^ bits);
        expect(await openEvidence(changed, own.key).catch(() => null)).toBeNull();
      }),
      { numRuns: 2_000 },
    );
  });

  it('is no checkpoint, and a checkpoint is none', async () => {
    const own = await signer();
    const checkpoint = { origin: name, size: 3, root: new Uint8Array(32) };
    const signed = encodeSignedCheckpoint(await signCheckpoint(checkpoint, own));
    await expect(openEvidence(signed, own.key)).rejects.toMatchObject({ code: 'evidence' });
  });
});

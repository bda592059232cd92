import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { equal } from '../bytes.ts';
import { AuditUsageError } from '../errors.ts';
import { type EvidenceFile, openEvidence, signEvidence } from '../evidenceManifest.ts';
import { maxNoteBytes, type VerifierKey } from '../note.ts';
import { readLogSigner } from '../witness/keyFile.ts';
import type { CommandIo } from './io.ts';
import { readCapped } from './readCapped.ts';
import { readTrust, trustOptions } from './trust.ts';

const manifestName = 'manifest';

/** Signs for all files of a folder, or compares a folder with what was signed for (SPEC.md section 7.2). */
export async function evidence(args: readonly string[], io: CommandIo): Promise<0 | 1> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...trustOptions,
      key: { type: 'string' },
      name: { type: 'string' },
      about: { type: 'string' },
      check: { type: 'boolean' },
    },
  });
  const [folder] = positionals;
  if (folder === undefined || positionals.length !== 1) throw new AuditUsageError('Which folder?');
  if (values.check === true) return check(folder, readTrust(values).log, io);
  const { key, name, about } = values;
  if (key === undefined || name === undefined || about === undefined) {
    throw new AuditUsageError('--key, --name and --about are needed.');
  }
  const signer = readLogSigner(await readFile(key, 'utf8'), name);
  const found = await list(folder);
  if (found.some(({ path }) => path === manifestName)) throw new AuditUsageError('This folder was signed for before.');
  const manifest = { about, madeAt: new Date().toISOString(), files: found };
  await writeFile(join(folder, manifestName), await signEvidence(manifest, signer), { mode: 0o600, flag: 'wx' });
  io.out(`Signed for ${found.length} files.\n`);
  return 0;
}

async function check(folder: string, key: VerifierKey, io: CommandIo): Promise<0 | 1> {
  const manifest = await openEvidence(await readCapped(join(folder, manifestName), maxNoteBytes), key);
  if (manifest === null) {
    io.err('The manifest was not signed by that key.\n');
    return 1;
  }
  const found = new Map((await list(folder)).map((file) => [file.path, file]));
  found.delete(manifestName);
  const wrong = manifest.files.flatMap(({ path, size, hash }) => {
    const file = found.get(path);
    found.delete(path);
    if (file === undefined) return [`${path} is gone`];
    return file.size === size && equal(file.hash, hash) ? [] : [`${path} was changed`];
  });
  wrong.push(...[...found.keys()].map((path) => `${path} was not signed for`));
  if (wrong.length > 0) {
    io.err(wrong.map((words) => `${words}.\n`).join(''));
    return 1;
  }
  io.out(`As signed for: ${manifest.files.length} files about ${manifest.about}, made at ${manifest.madeAt}.\n`);
  return 0;
}

/** @throws AuditUsageError if there is anything but files and folders */
async function list(folder: string): Promise<EvidenceFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files: EvidenceFile[] = [];
  for (const entry of entries) {
    if (entry.isDirectory()) continue;
    // What a link points to isn't in the bundle.
    if (!entry.isFile()) throw new AuditUsageError('There is something in this folder that is no file.');
    const path = join(entry.parentPath, entry.name);
    files.push({ path: relative(folder, path).split(sep).join('/'), ...(await measure(path)) });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function measure(path: string): Promise<Pick<EvidenceFile, 'size' | 'hash'>> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of createReadStream(path)) {
    if (!(piece instanceof Uint8Array)) continue;
    hash.update(piece);
    size += piece.length;
  }
  return { size, hash: new Uint8Array(hash.digest()) };
}

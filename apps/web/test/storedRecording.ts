import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { objectId, patientId, staffId, visitId } from '@sotto/protocol/ids';
import { initialiseFilesystemStore } from '@sotto/storage/filesystem';
import { createObjectKeyPair, hash, inspectManifest, type ObjectContext, sealBytes, signManifest } from '@sotto/vault';
import { randomId, utf8 } from '../src/keystore/bytes.ts';
import type { SoftKeystore, SoftRegistered } from './softKeystore.ts';

/** A recording's object in a storage, and the storage's registry. */
export interface StoredRecording {
  readonly registered: SoftRegistered;
  /** Paths. */
  readonly root: string;
  readonly registry: string;
  /** A part of its run. */
  readonly part: string;
}

/** Seals an object as a recorder does, and lays it into a new storage below `folder` as the api does. */
export async function storeRecording(keystore: SoftKeystore, folder: string): Promise<StoredRecording> {
  const { publicKey, privateKey } = await createObjectKeyPair();
  const ids = { object: objectId.parse(randomId()), pseudonym: patientId.parse(randomId()) };
  const visit = visitId.parse(randomId());
  const consent = hash.parse('c'.repeat(42).concat('A'));
  const { clinic } = keystore.pins;
  const context: ObjectContext = { clinic, ...ids, visit, kind: 'recording', track: 0, consent };
  const { file, record } = await sealBytes(
    { context: { object: context, part: 'body', run: 0 }, publicKey, previous: null },
    utf8('what was seen and heard. '.repeat(2_000)),
  );
  const recorder = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  const manifest = await signManifest(
    { context, roster: consent, sealedAt: '2031-05-06T07:00:00Z', runs: [record], head: null },
    {
      algorithm: 'Ed25519',
      publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', recorder.publicKey)),
      sign: async (octets) => new Uint8Array(await crypto.subtle.sign('Ed25519', recorder.privateKey, octets)),
    },
  );
  const { hash: manifestHash } = await inspectManifest(manifest);
  const writer = staffId.parse(randomId());
  const registered = { ...ids, visit, writer, kind: 'recording', manifestHash, privateKey } as const;
  const root = join(folder, 'recordings');
  await initialiseFilesystemStore(root);
  const own = randomId();
  const parts = join(root, 'parts', own);
  await mkdir(parts, { mode: 0o700 });
  const part = join(parts, '0000-000000');
  await writeFile(part, file.subarray(0, 20_000));
  await writeFile(join(parts, '0000-000001'), file.subarray(20_000));
  await writeFile(join(parts, 'manifest'), manifest);
  const registry = join(folder, 'registry.jsonl');
  const statement = await keystore.registration(registered);
  await writeFile(registry, `${JSON.stringify({ object: ids.object, folder: own, statement, removed: null })}\n`);
  return { registered, root, registry, part };
}

import type { KeyObject } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { RegistrationStatement } from '@sotto/protocol/keystore';
import { type FolderId, folderId, type ObjectStore, openStoredObject, StorageError } from '@sotto/storage';
import { openFilesystemStore } from '@sotto/storage/filesystem';
import { checkManifest, inspectManifest, maxManifestLength, openObject, VaultError, verifyObject } from '@sotto/vault';
import * as z from 'zod';
import { bad, notDone } from '../errors.ts';
import type { Terminal } from '../terminal.ts';
import { needed, type VaultArguments } from './arguments.ts';
import { isRegistered, type RegistryLine, readRegistry, statementKeyOf } from './registry.ts';
import { type Release, readRelease } from './release.ts';
import { readThrough } from './through.ts';

/** A file that names a bucket: who reads it may read the bucket, so nobody else may. */
const bucketFile = z.strictObject({
  endpoint: z.url().nullable(),
  region: z.string(),
  bucket: z.string(),
  credentials: z.strictObject({ accessKeyId: z.string(), secretAccessKey: z.string() }),
});

async function storeAt(path: string): Promise<ObjectStore> {
  const now = () => new Date();
  const found = await stat(path).catch(() => null);
  if (found === null) throw notDone(`There is nothing at ${path}.`);
  // Nobody uploads through this process: its tickets are nobody's.
  if (found.isDirectory()) return openFilesystemStore({ root: path, ticketKey: randomBytes(32), now });
  const bucket = bucketFile.safeParse(JSON.parse(await readFile(path, 'utf8')));
  if (!bucket.success) throw notDone(`${path} names no bucket.`);
  const { openS3Store } = await import('@sotto/storage/s3');
  return openS3Store({ ...bucket.data, encryption: null, retentionMode: 'GOVERNANCE', now });
}

/** What everything is checked against. */
interface Known {
  readonly store: ObjectStore;
  readonly key: KeyObject;
  readonly release: Release | null;
}

/** What is wrong with what is stored of an object; null if it is as it was registered, to the last byte. */
async function faultOf(
  { store, key, release }: Known,
  folder: FolderId,
  statement: RegistrationStatement,
): Promise<string | null> {
  if (!isRegistered(key, statement)) return 'its registration is not the keystore’s';
  const { clinic, pseudonym, visit, object, kind, manifest: hash } = statement.payload;
  const stored = await openStoredObject(store, folder, { cacheBytes: 1_048_576 });
  if (stored.tag === 'absent') return 'is missing';
  if (stored.tag === 'incomplete') return 'a part is missing';
  if (stored.manifest === null || stored.manifest.length > maxManifestLength) return 'its manifest is missing';
  const octets = new Uint8Array(await stored.manifest.read(0, stored.manifest.length));
  const { algorithm, publicKey, context, hash: own } = await inspectManifest(octets);
  if (own !== hash) return 'its manifest is not the registered one';
  const isOfIt =
    context.clinic === clinic &&
    context.pseudonym === pseudonym &&
    context.visit === visit &&
    context.object === object &&
    context.kind === kind;
  // A recording's: who else may sign, the keystore has checked. It is the registered one, so the key is too.
  if (!isOfIt || algorithm !== 'Ed25519') return 'its manifest is of something else';
  const checked = await checkManifest(octets, { signer: { algorithm, publicKey }, context, hash: own });
  await verifyObject(checked, stored);
  if (release?.objects.includes(object) !== true) return null;
  if (release.registrationOf(object)?.payload.manifest !== hash) return 'was released as something else';
  const keys = await release.keysOf(object);
  if (keys === null) return 'was released to another key, or for another request';
  try {
    await readThrough(await openObject(checked, stored, keys.port));
    return null;
  } finally {
    keys.wipe();
  }
}

async function judge(against: Known, known: RegistryLine): Promise<string | null> {
  const folder = folderId(known.folder);
  if (known.removed !== null) {
    for await (const _ of against.store.list(folder)) return 'was taken away, and is there';
    return null;
  }
  if (known.statement === null) return null;
  if (known.statement.payload.object !== known.object) return 'its registration is of another object';
  try {
    return await faultOf(against, folder, known.statement);
  } catch (fault) {
    if (fault instanceof VaultError) return `was changed (${fault.code}: ${fault.message})`;
    if (fault instanceof StorageError && fault.code === 'truncated') return 'a part was cut';
    throw fault;
  }
}

/** @param gone how many of what was released were taken away since */
const openedOf = (released: number, gone: number): string =>
  `${released - gone} of them open${gone === 0 ? '' : `, ${gone} that were released have been taken away since`}`;

/**
 * `verify --registry`: whether a storage has everything that was registered, as it was signed, and nothing that was taken
 * away; without any key. What a release is of is opened too. Each object that isn't right is one line of the result.
 */
export async function verifyStore(known: VaultArguments, terminal: Terminal): Promise<string> {
  const key = statementKeyOf(needed(known.keystore, 'Say whose registrations count: --keystore KEY.'));
  const registry = needed(known.registry, 'Name the registry: --registry FILE.');
  try {
    const store = await storeAt(known.path);
    const release = known.release === undefined ? null : await readRelease(known.release);
    const unseen = new Set(release?.objects);
    let gone = 0;
    const folders = new Set<string>();
    const counts = { registered: 0, underWay: 0, removed: 0, wrong: 0 };
    for await (const one of readRegistry(registry)) {
      terminal.stop.throwIfAborted();
      folders.add(one.folder);
      counts[one.removed !== null ? 'removed' : one.statement === null ? 'underWay' : 'registered'] += 1;
      if ((one.removed !== null || one.statement !== null) && unseen.delete(one.object) && one.removed !== null)
        gone += 1;
      const fault = await judge({ store, key, release }, one);
      if (fault === null) continue;
      counts.wrong += 1;
      terminal.out(`${one.object} ${fault}\n`);
    }
    let strays = 0;
    for await (const folder of store.folders()) if (!folders.has(folder)) strays += 1;
    const { registered, underWay, removed, wrong } = counts;
    const rest = `${underWay} under way, ${removed} taken away, ${strays} in the storage that the registry doesn’t know`;
    if (wrong > 0) throw bad(`${wrong} of ${registered + removed} objects are not as they should be; ${rest}.`);
    if (unseen.size > 0) throw bad('The release is of something that the registry doesn’t have.');
    const opened = release === null ? 'Whether they open takes a key' : openedOf(release.objects.length, gone);
    return `Every byte of ${registered} objects is as it was registered; ${rest}. ${opened}.`;
  } catch (fault) {
    if (fault instanceof StorageError) throw notDone(`The storage can’t be read (${fault.code}).`);
    throw fault;
  }
}

import { randomBytes } from 'node:crypto';
import {
  type Bytes,
  createObjectKeyPair,
  createRun,
  type KeyPort,
  type ManifestSigner,
  type ObjectContext,
  objectContext,
  type RunRecord,
  sealBytes,
  signManifest,
  type TrustedSigner,
  unwrapDataKey,
} from '@sotto/vault';
import { type FolderId, type ObjectStore, type PartName, partName } from '../src/index.ts';
import { freshFolder, pattern, runPart } from './harness.ts';

/** A sealed object whose parts lie in a store, and what it takes to open it. */
export interface SealedObject {
  readonly folder: FolderId;
  readonly plaintext: Bytes;
  readonly head: Bytes;
  readonly context: ObjectContext;
  readonly trusted: TrustedSigner;
  readonly keys: KeyPort;
  /** Signed when there was one run yet. */
  readonly olderManifest: Bytes;
}

const id = (): string => randomBytes(16).toString('base64url');

const someContext = (): ObjectContext =>
  objectContext.parse({
    clinic: id(),
    pseudonym: id(),
    visit: id(),
    object: id(),
    kind: 'recording',
    track: 0,
    consent: randomBytes(32).toString('base64url'),
  });

async function someSigner(): Promise<{ signer: ManifestSigner; trusted: TrustedSigner }> {
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new Error('not a pair');
  const { privateKey } = pair;
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const sign = async (message: Bytes) => new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message));
  return { signer: { algorithm: 'Ed25519', publicKey, sign }, trusted: { algorithm: 'Ed25519', publicKey } };
}

async function create(store: ObjectStore, name: PartName, content: Uint8Array): Promise<void> {
  const { tag } = await store.create(name, content);
  if (tag !== 'created') throw new Error(tag);
}

/** Takes what a writer hands out, and stores a part whenever there is enough for one. */
class PartedUpload {
  readonly #store: ObjectStore;
  readonly #folder: FolderId;
  readonly #run: number;
  #waiting: Uint8Array[] = [];
  #index = 0;

  constructor(store: ObjectStore, folder: FolderId, run: number) {
    this.#store = store;
    this.#folder = folder;
    this.#run = run;
  }

  async take(chunks: readonly Uint8Array[]): Promise<void> {
    for (const chunk of chunks) {
      this.#waiting.push(chunk);
      const length = this.#waiting.reduce((sum, { byteLength }) => sum + byteLength, 0);
      // Parts of uneven lengths, as seconds of a recording are.
      if (length >= 70_000 + 7919 * (this.#index % 5)) await this.flush();
    }
  }

  async flush(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const content = Buffer.concat(this.#waiting.splice(0));
    await create(this.#store, runPart(this.#folder, this.#run, this.#index), content);
    this.#index += 1;
  }
}

/** Seals an object of runs with these lengths by the vault's own writer, into parts of a store. */
export async function sealInto(store: ObjectStore, lengths: readonly number[]): Promise<SealedObject> {
  const folder = freshFolder();
  const context = someContext();
  const { publicKey, privateKey } = await createObjectKeyPair();
  const { signer, trusted } = await someSigner();
  const runs: RunRecord[] = [];
  const plaintext: Uint8Array[] = [];
  for (const [run, length] of lengths.entries()) {
    const upload = new PartedUpload(store, folder, run);
    const last = runs.at(-1);
    const previous = last === undefined ? null : new Uint8Array(Buffer.from(last.hash, 'base64url'));
    const sealing = await createRun({ context: { object: context, part: 'body', run }, publicKey, previous }, (piece) =>
      upload.take(piece.chunks),
    );
    const writer = sealing.writable.getWriter();
    const content = pattern(length, run);
    for (let from = 0; from < length; from += 50_000) await writer.write(content.subarray(from, from + 50_000));
    await writer.close();
    runs.push(await sealing.record);
    await upload.flush();
    plaintext.push(content);
  }
  const head = pattern(3000, 99);
  const sealedHead = await sealBytes(
    { context: { object: context, part: 'head', run: 0 }, publicKey, previous: null },
    head,
  );
  await create(store, partName(folder, { tag: 'head' }), sealedHead.file);
  const sealedAt = '2031-05-06T07:08:09Z';
  const manifest = await signManifest({ context, roster: null, sealedAt, runs, head: sealedHead.record }, signer);
  await create(store, partName(folder, { tag: 'manifest' }), manifest);
  const older = { context, roster: null, sealedAt, runs: runs.slice(0, 1), head: null };
  return {
    folder,
    plaintext: new Uint8Array(Buffer.concat(plaintext)),
    head,
    context,
    trusted,
    keys: (header) => unwrapDataKey(header, privateKey),
    olderManifest: await signManifest(older, signer),
  };
}

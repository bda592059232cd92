import {
  type ByteSource,
  type CheckedManifest,
  checkManifest,
  createObjectKeyPair,
  createRun,
  type ManifestSigner,
  type ObjectContext,
  type ObjectKeyPair,
  type ObjectReader,
  objectContext,
  openObject,
  type RunRecord,
  type RunWriter,
  type Sink,
  signManifest,
  unwrapDataKey,
} from '@sotto/vault';

const id = (letter: string): string => letter.repeat(21).concat('A');

/** What it takes to seal and open objects of one run. Runs in Node and in browsers. */
export class Desk {
  readonly #keys: ObjectKeyPair;
  readonly #signer: ManifestSigner & { readonly algorithm: 'Ed25519' };
  readonly #context: ObjectContext = objectContext.parse({
    clinic: id('c'),
    pseudonym: id('p'),
    visit: id('v'),
    object: id('o'),
    kind: 'recording',
    track: 0,
    consent: null,
  });

  private constructor(keys: ObjectKeyPair, signer: ManifestSigner & { readonly algorithm: 'Ed25519' }) {
    this.#keys = keys;
    this.#signer = signer;
  }

  static async open(): Promise<Desk> {
    const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
    if (!('privateKey' in pair)) throw new Error('WebCrypto made no pair of keys.');
    const { publicKey, privateKey } = pair;
    return new Desk(await createObjectKeyPair(), {
      algorithm: 'Ed25519',
      publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)),
      sign: async (message) => new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message)),
    });
  }

  startRun(sink: Sink): Promise<RunWriter> {
    const context = { object: this.#context, part: 'body', run: 0 } as const;
    return createRun({ context, publicKey: this.#keys.publicKey, previous: null }, sink);
  }

  async openRun(source: ByteSource, record: RunRecord): Promise<ObjectReader> {
    return await openObject(await this.#manifestOf(record), { runs: [source], head: null }, (header) =>
      unwrapDataKey(header, this.#keys.privateKey),
    );
  }

  async #manifestOf(record: RunRecord): Promise<CheckedManifest> {
    const context = this.#context;
    const sealedAt = '2026-01-01T00:00:00Z';
    const signed = await signManifest({ context, roster: null, sealedAt, runs: [record], head: null }, this.#signer);
    return await checkManifest(signed, { signer: this.#signer, context, hash: null });
  }
}

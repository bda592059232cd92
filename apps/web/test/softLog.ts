import {
  commit,
  cosign,
  createVerifierKey,
  type EntryDraft,
  encodeEntry,
  formatProvenEntry,
  formatVerifierKey,
  portableTreeHasher as hasher,
  inclusionPath,
  type LoggedLeaf,
  type NoteKeyType,
  type NoteSigner,
  noteKeyTypes,
  signCheckpoint,
  withSignature,
} from '@sotto/audit';
import { randomId } from '../src/keystore/bytes.ts';

/** The largest power of two below the size (RFC 9162 section 2.1.1). */
const splitPoint = (size: number) => 2 ** Math.floor(Math.log2(size - 1));

async function makeSigner(name: string, type: NoteKeyType): Promise<NoteSigner> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', publicKey));
  return {
    key: createVerifierKey(name, type, raw, hasher.sha256),
    sign: async (message) => new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message)),
  };
}

/** A log of its own with a witness, as the keystore keeps one (packages/audit/SPEC.md). */
export class SoftLog {
  readonly #log: NoteSigner;
  readonly #witness: NoteSigner;
  readonly #leaves: LoggedLeaf[] = [];

  private constructor(log: NoteSigner, witness: NoteSigner) {
    this.#log = log;
    this.#witness = witness;
  }

  static async make(): Promise<SoftLog> {
    const log = await makeSigner('keystore.example/log', noteKeyTypes.ed25519);
    return new SoftLog(log, await makeSigner('witness.example', noteKeyTypes.cosignatureV1));
  }

  get logKey(): string {
    return formatVerifierKey(this.#log.key);
  }

  get witnessKey(): string {
    return formatVerifierKey(this.#witness.key);
  }

  /** @returns its place */
  append(stated: Pick<EntryDraft, 'action' | 'resource'> & Partial<EntryDraft>): number {
    const draft = {
      ...{ time: '2031-05-06T07:08:09.000Z', actor: 'keystore', role: 'system', patient: null, purpose: null },
      ...{ address: null, userAgent: null, session: null, before: null, after: null, outcome: 'allowed' as const },
      ...stated,
    };
    const encoded = encodeEntry({ v: 1, id: randomId(), ...draft, patientSequence: null, patientPrevious: null });
    const salt = crypto.getRandomValues(new Uint8Array(32));
    const index = this.#leaves.length;
    this.#leaves.push({ index, commitment: commit(salt, encoded, hasher), content: { encoded, salt } });
    return index;
  }

  /** The line that proves an entry. @param witnessedAt Unix seconds */
  async prove(index: number, { isWitnessed = true, witnessedAt = 1_936_000_000 } = {}): Promise<string> {
    const leaf = this.#leaves[index];
    if (!leaf) throw new RangeError('no such entry');
    const size = this.#leaves.length;
    const checkpoint = { origin: this.#log.key.name, size, root: this.#hash(0, size) };
    const signed = await signCheckpoint(checkpoint, this.#log);
    const proof = inclusionPath(index, size).map(({ start, length }) => this.#hash(start, length));
    if (!isWitnessed) return formatProvenEntry({ leaf, proof, checkpoint: signed });
    const cosigned = withSignature(signed, await cosign(checkpoint, this.#witness, witnessedAt));
    return formatProvenEntry({ leaf, proof, checkpoint: cosigned });
  }

  #hash(start: number, length: number): Uint8Array {
    const leaf = this.#leaves[start];
    if (length === 1 && leaf) return hasher.leaf(leaf.commitment);
    const left = splitPoint(length);
    return hasher.node(this.#hash(start, left), this.#hash(start + left, length - left));
  }
}

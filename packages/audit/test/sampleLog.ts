import {
  appendLeaves,
  type CompactRange,
  commit,
  cosign,
  type Entry,
  type EntryDraft,
  emptyRange,
  encodeEntry,
  portableTreeHasher as hasher,
  type LoggedLeaf,
  type LogTrust,
  nextInChain,
  noteKeyTypes,
  type PatientHead,
  rootOf,
  type SignedCheckpoint,
  type Subtree,
  signCheckpoint,
  toBase64url,
  withSignature,
} from '../src/index.ts';
import { createSigner, sampleDraft } from './samples.ts';

/** Bytes that differ from place to place and from seed to seed. */
export const bytes = (seed: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i < 4 ? seed >> (8 * i) : seed * 31 + i * 7) & 255);

/** A log in memory, to which entries are appended as the package's store would. */
export class SampleLog {
  readonly leaves: LoggedLeaf[] = [];
  readonly #heads = new Map<string, PatientHead>();

  /** `size` entries about a few patients and about none. */
  static of(size: number, patients = 3): SampleLog {
    const log = new SampleLog();
    for (let index = 0; index < size; index += 1) {
      const turn = index % (patients + 1);
      log.append({ ...sampleDraft, patient: turn === 0 ? null : `patient-${turn}` });
    }
    return log;
  }

  append(draft: EntryDraft): LoggedLeaf {
    const index = this.leaves.length;
    const { patient } = draft;
    const chain =
      patient === null ? { patientSequence: null, patientPrevious: null } : nextInChain(this.#heads.get(patient));
    return this.appendEntry({ v: 1, id: toBase64url(bytes(index + 1, 16)), ...draft, ...chain });
  }

  appendEntry(entry: Entry): LoggedLeaf {
    const leaf = this.appendEncoded(encodeEntry(entry));
    if (entry.patient !== null && entry.patientSequence !== null) {
      this.#heads.set(entry.patient, { sequence: entry.patientSequence, commitment: toBase64url(leaf.commitment) });
    }
    return leaf;
  }

  /** Bytes that needn't be an entry. */
  appendEncoded(encoded: Uint8Array): LoggedLeaf {
    const index = this.leaves.length;
    const salt = bytes(index + 77, 32);
    const leaf = { index, commitment: commit(salt, encoded, hasher), content: { encoded, salt } };
    this.leaves.push(leaf);
    return leaf;
  }
}

export const leafHashes = (leaves: readonly LoggedLeaf[]): Uint8Array[] =>
  leaves.map(({ commitment }) => hasher.leaf(commitment));

export const rangeOf = (hashes: readonly Uint8Array[]): CompactRange => appendLeaves(emptyRange, hashes, hasher);

/** The root of any part of the tree over these leaf hashes. */
export const rootAmong =
  (hashes: readonly Uint8Array[]) =>
  ({ start, length }: Subtree): Uint8Array =>
    rootOf(rangeOf(hashes.slice(start, start + length)), hasher);

export const origin = 'example.org/log';
const logKey = createSigner(origin, noteKeyTypes.ed25519);
const witnessKey = createSigner('example.org/witness', noteKeyTypes.cosignatureV1);

/** Signed by the sample log's key and cosigned by its witness. */
export async function checkpointOf(leaves: readonly LoggedLeaf[]): Promise<SignedCheckpoint> {
  const root = rootOf(rangeOf(leafHashes(leaves)), hasher);
  const signed = await signCheckpoint({ origin, size: leaves.length, root }, await logKey);
  return withSignature(signed, await cosign(signed.checkpoint, await witnessKey, 1_800_000_000));
}

/** Signed by the sample log's key alone. */
export const signedAlone = async (size: number, root: Uint8Array): Promise<SignedCheckpoint> =>
  signCheckpoint({ origin, size, root }, await logKey);

export const trust = async (): Promise<LogTrust> => ({
  log: (await logKey).key,
  witnesses: [(await witnessKey).key],
  requireWitness: true,
});

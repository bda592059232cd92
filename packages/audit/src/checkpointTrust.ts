import { cosignedAt, type SignedCheckpoint, signatureByLog } from './checkpoint.ts';
import { type Ed25519Verifier, openVerifier, type VerifierKey } from './note.ts';

export interface LogTrust {
  /** The log's own key. */
  readonly log: VerifierKey;
  readonly witnesses: readonly VerifierKey[];
  /** Whether every checkpoint must carry a cosignature, and every entry lie under one that does. */
  readonly requireWitness: boolean;
}

/** Who signed a checkpoint, of those who are known. */
export interface KnownSigners {
  readonly isLogs: boolean;
  readonly isWitnessed: boolean;
}

interface OpenedKey {
  readonly key: VerifierKey;
  readonly verify: Ed25519Verifier;
}

const openKey = async (key: VerifierKey): Promise<OpenedKey> => ({ key, verify: await openVerifier(key) });

/** The keys that are believed, opened once: a log may have a checkpoint an entry. */
export class CheckpointTrust {
  readonly #log: OpenedKey;
  readonly #witnesses: readonly OpenedKey[];

  private constructor(log: OpenedKey, witnesses: readonly OpenedKey[]) {
    this.#log = log;
    this.#witnesses = witnesses;
  }

  static async open({ log, witnesses }: LogTrust): Promise<CheckpointTrust> {
    return new CheckpointTrust(await openKey(log), await Promise.all(witnesses.map(openKey)));
  }

  async signersOf(signed: SignedCheckpoint): Promise<KnownSigners> {
    const isLogs = (await signatureByLog(signed, this.#log.key, this.#log.verify)) !== null;
    let isWitnessed = false;
    if (isLogs) {
      for (const { key, verify } of this.#witnesses) isWitnessed ||= (await cosignedAt(signed, key, verify)) !== null;
    }
    return { isLogs, isWitnessed };
  }
}

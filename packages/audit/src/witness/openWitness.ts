import { existsSync } from 'node:fs';
import { nodeTreeHasher } from '../node/nodeTreeHasher.ts';
import { type NoteSigner, noteKeyTypes, type VerifierKey } from '../note.ts';
import { FileWitnessState } from './fileState.ts';
import { openKeyFile } from './keyFile.ts';
import { Witness } from './witness.ts';

export interface WitnessFiles {
  readonly name: string;
  /** Its private key, made if there is none. */
  readonly keyFile: string;
  readonly stateFolder: string;
  readonly logs: readonly VerifierKey[];
  /** Whether it may start without state although it has a key: only before it has cosigned anything. */
  readonly isNew: boolean;
}

/** A witness that keeps its key and what it remembers in files. */
export interface OpenedWitness {
  readonly witness: Witness;
  readonly signer: NoteSigner;
  /** Ends what it is at, and lets another process have its state. Nothing may be asked of it any more. */
  readonly close: () => Promise<void>;
}

/**
 * Opens the witness for this process.
 *
 * @throws AuditUsageError with what to do if its state is gone or taken, or the key isn't one
 */
export async function openWitness({ name, keyFile, stateFolder, logs, isNew }: WitnessFiles): Promise<OpenedWitness> {
  // Before the key is made: a key that is there tells of a witness that may have cosigned.
  const state = await FileWitnessState.open(stateFolder, { isNew: isNew || !existsSync(keyFile) });
  try {
    const signer = await openKeyFile(keyFile, name, noteKeyTypes.cosignatureV1);
    const now = (): number => Math.floor(Date.now() / 1000);
    const witness = new Witness({ signer, logs, state, hasher: nodeTreeHasher, now });
    const close = async (): Promise<void> => {
      await witness.settle();
      state.close();
    };
    return { witness, signer, close };
  } catch (error) {
    state.close();
    throw error;
  }
}

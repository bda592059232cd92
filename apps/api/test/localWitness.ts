import { generateKeyPairSync } from 'node:crypto';
import { noteKeyTypes } from '@sotto/audit';
import { nodeTreeHasher, type WitnessClient } from '@sotto/audit/postgres';
import { createKeyObjectSigner, Witness, type WitnessState } from '@sotto/audit/witness';
import { platformLogSigner } from './clinic.ts';

/** A witness of this log in the test's own process. */
export function localWitness(): WitnessClient {
  const witnessed = new Map<string, Awaited<ReturnType<WitnessState['load']>>>();
  const { privateKey } = generateKeyPairSync('ed25519');
  const witness = new Witness({
    signer: createKeyObjectSigner(privateKey, 'witness.example', noteKeyTypes.cosignatureV1),
    logs: [platformLogSigner().key],
    state: {
      load: async (origin) => witnessed.get(origin) ?? null,
      store: async (origin, state) => void witnessed.set(origin, state),
    },
    hasher: nodeTreeHasher,
    now: () => Math.floor(Date.now() / 1000),
  });
  return {
    key: createKeyObjectSigner(privateKey, 'witness.example', noteKeyTypes.cosignatureV1).key,
    addCheckpoint: (body) => witness.addCheckpoint(body),
    latestCheckpoint: async (origin) => {
      const note = await witness.latestCheckpoint((own) => own === origin);
      return note === null ? null : new TextEncoder().encode(note);
    },
  };
}

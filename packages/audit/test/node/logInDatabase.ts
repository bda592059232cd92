import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { type LogTrust, noteKeyTypes, portableTreeHasher } from '../../src/index.ts';
import { Checkpointer, type CheckpointOutcome, verifyStore, type WitnessClient } from '../../src/postgres/index.ts';
import { Witness, type WitnessState } from '../../src/witness/index.ts';
import { createSigner } from '../samples.ts';
import { ports } from './database.ts';

function memoryWitnessState(): WitnessState {
  const known = new Map<string, Awaited<ReturnType<WitnessState['load']>>>();
  return {
    load: (origin) => Promise.resolve(known.get(origin) ?? null),
    store: (origin, cosigned) => Promise.resolve(void known.set(origin, cosigned)),
  };
}

/** A log's key and a witness that is in the same process. */
export async function createNotary() {
  const signer = await createSigner('example.org/log', noteKeyTypes.ed25519);
  const witnessSigner = await createSigner('example.org/witness', noteKeyTypes.cosignatureV1);
  const witness = new Witness({
    signer: witnessSigner,
    logs: [signer.key],
    state: memoryWitnessState(),
    hasher: portableTreeHasher,
    now: () => 1_800_000_000,
  });
  const reach = { isUp: true, asked: 0 };
  const client: WitnessClient = {
    key: witnessSigner.key,
    addCheckpoint: (body) => {
      reach.asked += 1;
      return reach.isUp ? witness.addCheckpoint(body) : Promise.reject(new Error('unreachable'));
    },
    latestCheckpoint: async (origin) => {
      const note = reach.isUp ? await witness.latestCheckpoint((own) => own === origin) : null;
      return note === null ? null : new TextEncoder().encode(note);
    },
  };
  const trust: LogTrust = { log: signer.key, witnesses: [witnessSigner.key], requireWitness: true };
  return {
    signer,
    client,
    trust,
    reach,
    checkpointerOf: (database: NodePgDatabase) =>
      new Checkpointer({ database, hasher: ports.hasher, signer, witness: client }),
    verify: (database: NodePgDatabase) => verifyStore(database, [], trust, portableTreeHasher),
  };
}

/** The checkpoint of an outcome that has one. */
export function signedOf(outcome: CheckpointOutcome) {
  if (outcome.tag === 'unsigned') throw new Error('nothing was signed');
  return outcome.checkpoint;
}

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type LogTrust, noteKeyTypes, verifyProvenEntry } from '@sotto/audit';
import { Checkpointer, nodeTreeHasher } from '@sotto/audit/postgres';
import { createHttpWitnessClient, createWitnessServer, openKeyFile, openWitness } from '@sotto/audit/witness';
import { type BenchDatabase, drafts } from './benchDatabase.ts';

/** How long to wait between one checkpoint and the next. */
const pauseMs = 50;

/** Milliseconds from the call that appends an entry to a proof of it that verifies against a witnessed checkpoint. */
export interface Provability {
  readonly times: readonly number[];
  /** Entries a second that others append meanwhile. */
  readonly load: number;
}

/**
 * Appends single entries while others append too; a checkpoint is signed and cosigned again and again by a witness
 * behind HTTP that writes its state to disk.
 */
export const measureProvability = async (bench: BenchDatabase, entries: number): Promise<Provability> => {
  await bench.empty();
  const folder = await mkdtemp(join(tmpdir(), 'sotto-bench-audit-'));
  const signer = await openKeyFile(join(folder, 'log.pem'), 'bench.example/log', noteKeyTypes.ed25519);
  const {
    witness: cosigner,
    signer: witnessSigner,
    close,
  } = await openWitness({
    name: 'bench.example',
    keyFile: join(folder, 'witness.pem'),
    stateFolder: join(folder, 'state'),
    logs: [signer.key],
    isNew: true,
  });
  const server = createWitnessServer(cosigner).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const witness = createHttpWitnessClient(`http://127.0.0.1:${port}`, witnessSigner.key);
  const checkpointer = new Checkpointer({ database: bench.database, hasher: nodeTreeHasher, signer, witness });
  const trust: LogTrust = { log: signer.key, witnesses: [witnessSigner.key], requireWitness: true };

  const stop = new AbortController();
  const signed = new EventTarget();
  const signing = (async () => {
    while (!stop.signal.aborted) {
      const outcome = await checkpointer.checkpoint();
      if (outcome.tag === 'witnessed') signed.dispatchEvent(new Event('checkpoint'));
      await setTimeout(pauseMs);
    }
  })();
  let others = 0;
  const started = performance.now();
  const loading = (async () => {
    while (!stop.signal.aborted) {
      await bench.log.append(drafts(20, others));
      others += 20;
      await setTimeout(20);
    }
  })();

  const times: number[] = [];
  try {
    for (let i = 0; i < entries; i += 1) {
      const before = performance.now();
      const [appended] = await bench.log.append(drafts(1, 1_000_000 + i));
      if (!appended) throw new Error('The log answered with no entry.');
      while ((await bench.reader.lastCheckpoint(true).then((last) => last?.checkpoint.size ?? 0)) <= appended.index) {
        await once(signed, 'checkpoint');
      }
      const verdict = await verifyProvenEntry(await bench.reader.prove(appended.index), trust, nodeTreeHasher);
      if (verdict.tag !== 'proven') throw new Error('A proof of an entry that is in the log was refused.');
      times.push(performance.now() - before);
      // Not in step with the checkpoints.
      await setTimeout(Math.random() * pauseMs);
    }
    return { times, load: (others * 1000) / (performance.now() - started) };
  } finally {
    stop.abort();
    await Promise.all([signing, loading]);
    server.close();
    await close();
    await rm(folder, { recursive: true });
  }
};

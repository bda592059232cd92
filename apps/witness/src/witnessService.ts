import { once } from 'node:events';
import { noteKeyTypes, parseVerifierKey } from '@sotto/audit';
import { nodeTreeHasher } from '@sotto/audit/postgres';
import { createWitnessServer, FileWitnessState, openKeyFile, Witness } from '@sotto/audit/witness';
import { host, path, port, readEnvironment, readPublic } from '@sotto/service/environment';
import { StartError } from '@sotto/service/errors';
import type { RunningService } from '@sotto/service/shutdown';
import * as z from 'zod';

/**
 * A witness of access logs (packages/audit/SPEC.md section 5): it remembers the last checkpoint of each log that it
 * knows, and cosigns only what continues it. In production another organisation runs it.
 *
 * @throws StartError with what to do
 */
export async function startWitness(): Promise<RunningService> {
  const named = readEnvironment({
    WITNESS_HOST: host,
    WITNESS_PORT: port,
    WITNESS_NAME: z.string().regex(/^[\w./-]{1,200}$/),
    WITNESS_KEY_FILE: path,
    WITNESS_STATE_FILE: path,
    WITNESS_LOG_KEY_FILE: path,
  });
  const server = createWitnessServer(
    new Witness({
      signer: await openKeyFile(named.WITNESS_KEY_FILE, named.WITNESS_NAME, noteKeyTypes.cosignatureV1),
      logs: [logKey(named.WITNESS_LOG_KEY_FILE)],
      state: await FileWitnessState.open(named.WITNESS_STATE_FILE),
      hasher: nodeTreeHasher,
      now: () => Math.floor(Date.now() / 1000),
    }),
  );
  server.listen(named.WITNESS_PORT, named.WITNESS_HOST);
  try {
    await once(server, 'listening');
  } catch {
    throw new StartError(`Port ${named.WITNESS_PORT} of WITNESS_HOST can't be listened on: stop what uses it.`);
  }
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function logKey(file: string) {
  try {
    return parseVerifierKey(readPublic(file, 'WITNESS_LOG_KEY_FILE'), nodeTreeHasher.sha256);
  } catch (fault) {
    if (fault instanceof StartError) throw fault;
    throw new StartError('The file that WITNESS_LOG_KEY_FILE names doesn’t hold a log’s verifier key.');
  }
}

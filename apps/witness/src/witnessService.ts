import { once } from 'node:events';
import { AuditUsageError, parseVerifierKey } from '@sotto/audit';
import { nodeTreeHasher } from '@sotto/audit/postgres';
import { createWitnessServer, openWitness, type WitnessFiles } from '@sotto/audit/witness';
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
    WITNESS_STATE_FOLDER: path,
    WITNESS_LOG_KEY_FILE: path,
    WITNESS_NEW: z.literal('1').optional(),
  });
  const { witness, close } = await open({
    name: named.WITNESS_NAME,
    keyFile: named.WITNESS_KEY_FILE,
    stateFolder: named.WITNESS_STATE_FOLDER,
    logs: logKeys(named.WITNESS_LOG_KEY_FILE),
    isNew: named.WITNESS_NEW === '1',
  });
  const server = createWitnessServer(witness);
  server.listen(named.WITNESS_PORT, named.WITNESS_HOST);
  try {
    await once(server, 'listening');
  } catch {
    await close();
    throw new StartError(`Port ${named.WITNESS_PORT} of WITNESS_HOST can't be listened on: stop what uses it.`);
  }
  return {
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await close();
    },
  };
}

async function open(files: WitnessFiles) {
  try {
    return await openWitness(files);
  } catch (fault) {
    if (fault instanceof AuditUsageError) throw new StartError(`The witness can't start: ${fault.message}`);
    throw fault;
  }
}

/** One a line. */
function logKeys(file: string) {
  const lines = readPublic(file, 'WITNESS_LOG_KEY_FILE').split('\n');
  try {
    return lines.map((line) => parseVerifierKey(line, nodeTreeHasher.sha256));
  } catch {
    throw new StartError('The file that WITNESS_LOG_KEY_FILE names doesn’t hold verifier keys of logs, one a line.');
  }
}

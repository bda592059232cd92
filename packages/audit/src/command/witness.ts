import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { AuditUsageError } from '../errors.ts';
import { formatVerifierKey, noteKeyTypes } from '../note.ts';
import { openWitness } from '../witness/openWitness.ts';
import { createWitnessServer } from '../witness/server.ts';
import type { CommandIo } from './io.ts';
import { readKey } from './trust.ts';

/** Runs a witness until it is told to stop. Says its verifier key and where it listens, each on a line. */
export async function runWitness(args: readonly string[], io: CommandIo): Promise<0> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      name: { type: 'string' },
      key: { type: 'string' },
      state: { type: 'string' },
      'log-key': { type: 'string', multiple: true },
      new: { type: 'boolean', default: false },
      listen: { type: 'string', default: '127.0.0.1:0' },
    },
  });
  const { name, key, state } = values;
  const logs = values['log-key'] ?? [];
  const listen = /^([\w.:-]+):(\d{1,5})$/.exec(values.listen);
  if (name === undefined || key === undefined || state === undefined || logs.length === 0 || !listen) {
    throw new AuditUsageError('--name, --key, --state and --log-key are needed.');
  }
  const { witness, signer, close } = await openWitness({
    name,
    keyFile: key,
    stateFolder: state,
    logs: logs.map((log) => readKey(log, noteKeyTypes.ed25519, '--log-key')),
    isNew: values.new,
  });
  const server = createWitnessServer(witness);
  server.listen(Number(listen[2]), listen[1]);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  io.out(`${formatVerifierKey(signer.key)}\nhttp://${listen[1]}:${port}\n`);
  if (!io.stop.aborted) await once(io.stop, 'abort');
  server.close();
  server.closeAllConnections();
  await close();
  return 0;
}

// One release in a process of its own, which kills itself at the step that it is told: as a power cut would.
import { createPrivateKey } from 'node:crypto';
import { noteKeyTypes, parseVerifierKey } from '@sotto/audit';
import { nodeTreeHasher, type WitnessClient } from '@sotto/audit/postgres';
import { createHttpWitnessClient, createKeyObjectSigner } from '@sotto/audit/witness';
import { clinicId } from '@sotto/protocol/ids';
import { connectDatabase } from '@sotto/service/postgres';
import * as z from 'zod';
import { fromBase64url } from '../src/bytes.ts';
import type { KeystoreContext } from '../src/keystoreContext.ts';
import { AccessLog } from '../src/log/accessLog.ts';
import { openSoftwareMasterKey } from '../src/master/softwareMasterKey.ts';
import type { Policy } from '../src/release/policy.ts';
import { productionPorts } from '../src/release/productionPorts.ts';
import type { ReleasePorts } from '../src/release/releasePorts.ts';
import { releaseCall } from '../src/release/releaseRequest.ts';
import { Releases } from '../src/release/releases.ts';
import { RequestLedger } from '../src/requestLedger.ts';
import { statementSigner } from '../src/statement.ts';
import { logName, random } from './installation.ts';
import { party } from './passkey.ts';

export const order = z.strictObject({
  databaseUrl: z.string(),
  masterKeyFile: z.string(),
  logKey: z.string(),
  statementKey: z.string(),
  witnessUrl: z.string(),
  witnessKey: z.string(),
  clinic: clinicId,
  recoveryKey: z.string(),
  /** A port's name and a moment, such as `after policy`; empty for none. */
  killAt: z.string(),
  call: releaseCall,
});
export type Order = z.infer<typeof order>;

process.once('message', (message: unknown) => {
  void serve(order.parse(message));
});

async function serve({ killAt, call, ...given }: Order): Promise<void> {
  const dieAt = (moment: string) => {
    if (moment === killAt) process.kill(process.pid, 'SIGKILL');
  };
  /** The same operation, with a moment before and one after it. */
  const watch =
    <A extends unknown[], R>(name: string, operation: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      dieAt(`before ${name}`);
      const result = await operation(...args);
      dieAt(`after ${name}`);
      return result;
    };
  const { database } = connectDatabase(given.databaseUrl, { application: 'sotto-test', onIdleFault: () => undefined });
  const signer = createKeyObjectSigner(createPrivateKey(given.logKey), logName, noteKeyTypes.ed25519);
  const witnessKey = parseVerifierKey(given.witnessKey, nodeTreeHasher.sha256);
  const client: WitnessClient = createHttpWitnessClient(given.witnessUrl, witnessKey);
  const log = new AccessLog({
    database,
    signer: { key: signer.key, sign: watch('signing', (text) => signer.sign(text)) },
    witness: { key: client.key, addCheckpoint: watch('witness', (body) => client.addCheckpoint(body)) },
    random,
  });
  const master = await openSoftwareMasterKey(given.masterKeyFile, 'KEYSTORE_MASTER_KEY_FILE');
  const context: KeystoreContext = {
    ...{ database, log, clinic: given.clinic, now: () => new Date() },
    master: { ...master, unwrap: watch('unwrap', (wrapped, aad) => master.unwrap(wrapped, aad)) },
    recoveryKey: fromBase64url(given.recoveryKey),
    statements: statementSigner(createPrivateKey(given.statementKey), 'KEYSTORE_STATEMENT_KEY_FILE'),
  };
  // Inside the transaction: what is killed here was never committed.
  const append = watch('append', (...args: Parameters<AccessLog['append']>) => log.append(...args));
  const requests = new RequestLedger({ ...context, log: { append } });
  const policy: Policy = { decide: async () => ({ tag: 'permit' }) };
  const real = productionPorts(context, { party, policy, requests });
  const ports: ReleasePorts = {
    ...real,
    requests: {
      ...real.requests,
      find: watch('find', (id) => requests.find(id)),
      record: watch('record', (decision) => requests.record(decision)),
    },
    nonces: { isAlive: watch('nonce', (...args) => real.nonces.isAlive(...args)) },
    directory: { ...real.directory, find: watch('directory', (credential) => real.directory.find(credential)) },
    policy: { decide: watch('policy', (question) => real.policy.decide(question)) },
    log: {
      cover: watch('checkpoint', () => log.cover()),
      unwitnessedSince: () => log.unwitnessedSince(),
      prove: watch('proof', (index) => log.prove(index)),
    },
    keys: { ...real.keys, open: watch('open', (object) => real.keys.open(object)) },
    seal: watch('seal', (seed, to) => real.seal(seed, to)),
  };
  const outcome = await watch('answer', () => new Releases(ports).release(call))();
  process.send?.(outcome, () => process.exit(0));
}

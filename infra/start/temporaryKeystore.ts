import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IdentityKey } from '@sotto/protocol/credential';
import { ensureCertificates } from '../ca/certificates.ts';
import { StartError } from '../errors.ts';
import { writeAtomic } from '../files/atomicFile.ts';
import { startTemporaryServer } from '../postgres/temporaryServer.ts';
import { runCommand } from '../process/command.ts';
import { freePort } from '../process/freePort.ts';
import { keepKeystoreKeys } from './keystoreKeys.ts';
import { planNetwork } from './network.ts';
import type { RunningPart } from './part.ts';
import { servicePart } from './servicePart.ts';
import { keystoreEnvironment, keystoreMigrateEnvironment, witnessEnvironment } from './services.ts';

const repository = join(import.meta.dirname, '../..');

/** A keystore with its database and witness for one test run, started as `npm start` starts it. */
export interface TemporaryKeystore {
  readonly url: string;
  /** What the api is given: its certificate and key, and the authority's certificate; PEM. */
  readonly tls: { readonly cert: string; readonly key: string };
  readonly ca: string;
  /** Address of its database for the role that owns it. */
  readonly ownerUrl: string;
  /** Runs one of its commands on its host. @returns what it wrote on stdout @throws StartError if it failed */
  run(args: readonly string[]): Promise<string>;
  /** Ends the keystore's own process; the rest stays. */
  stop(): Promise<void>;
  /** Starts it again. */
  start(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * @param clinicId the clinic whose keys it is to keep
 * @param webPort port of the pages on https://localhost whose passkeys count
 * @param identityKeys the public keys that the clinic's credentials are signed with
 * @throws StartError with the reason and what to do
 */
export async function startTemporaryKeystore(
  clinicId: string,
  webPort: number,
  identityKeys: readonly IdentityKey[],
): Promise<TemporaryKeystore> {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-keystore-'));
  const path = (name: string) => join(folder, name);
  const signal = AbortSignal.timeout(300_000);
  let output = '';
  const onLog = (chunk: string) => {
    output = (output + chunk).slice(-65_536);
  };
  const [network, keystorePort, witnessPort] = [await planNetwork(undefined), await freePort(), await freePort()];
  mkdirSync(path('keys'), { mode: 0o700 });
  const [postgres, certificates, keys] = await Promise.all([
    startTemporaryServer(),
    ensureCertificates(path('certificates'), network.names, new Date()),
    keepKeystoreKeys({
      ...{ repository, clinicId, folder: path('keys'), masterFolder: path('master-key') },
      ...{ mayBeNew: true, signal, onLog },
    }),
  ]);
  writeAtomic(path('identities.json'), JSON.stringify(identityKeys));
  const role = (name: string, url: string) => {
    writeAtomic(path(`${name}.url`), `${url}\n`);
    return { name, password: '', urlFile: path(`${name}.url`) };
  };
  const roles = {
    owner: role('owner', postgres.ownerUrl),
    app: role('app', postgres.appUrl),
    superuserPassword: '',
  };
  const system = {
    ...{
      network,
      certificates,
      keys: { clinicId, identityKeysFile: path('identities.json') },
      keystore: { keys, roles },
      witnessedLogs: keys.logVerifierFile,
    },
    ports: { web: webPort, keystore: keystorePort, witness: witnessPort },
  };
  const runProgram = async (program: string, args: readonly string[], env: Record<string, string>) => {
    const file = join(repository, 'apps/keystore/src', program);
    const result = await runCommand(process.execPath, [file, ...args], { env, timeoutMs: 120_000, signal });
    if (result.tag === 'ended' && result.code === 0) return result.stdout;
    throw new StartError(`${program} failed: ${result.tag === 'notFound' ? 'not found' : result.output}`);
  };
  const startService = (name: string, env: Record<string, string>): Promise<RunningPart> => {
    const file = join(repository, 'apps', name, 'src/main.ts');
    return servicePart({ name, file, env, onLog, readyTimeoutMs: 120_000 }).start(signal);
  };

  await runProgram('migrate.ts', [], keystoreMigrateEnvironment(system));
  const witness = await startService('witness', witnessEnvironment(system));
  const environment = keystoreEnvironment(system);
  let keystore = await startService('keystore', environment);
  const { api, authority } = certificates.keystore;
  return {
    url: `https://127.0.0.1:${keystorePort}`,
    tls: { cert: readFileSync(api.certificate, 'utf8'), key: readFileSync(api.key, 'utf8') },
    ca: readFileSync(authority.path, 'utf8'),
    ownerUrl: postgres.ownerUrl,
    run: (args) => runProgram('command/main.ts', args, environment),
    stop: () => keystore.stop(),
    async start() {
      keystore = await startService('keystore', environment);
    },
    async remove() {
      await Promise.all([keystore.stop(), witness.stop()]);
      await postgres.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

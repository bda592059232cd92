import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ensureCertificates } from '../ca/certificates.ts';
import { ensureBinaries } from '../postgres/binaries.ts';
import { ensureCluster } from '../postgres/cluster.ts';
import { type DatabaseRoles, keepRoles } from '../postgres/databaseRoles.ts';
import { databaseUser } from '../postgres/osUser.ts';
import { cacheFolder } from '../worker/cacheFolder.ts';
import { ensureWorker } from '../worker/ensureWorker.ts';
import type { StartOptions } from './arguments.ts';
import { ensureClient } from './clientBuild.ts';
import { migrate, migrateKeystore, prepareRecordings, seedDemo } from './clinicDatabase.ts';
import { keepClinicKeys } from './clinicKeys.ts';
import type { DataFolder } from './dataFolder.ts';
import { keepKeystoreKeys } from './keystoreKeys.ts';
import { openLogFile } from './logFile.ts';
import { requireDisk, requireMachine, thisHost } from './machine.ts';
import { mediaAddress, planNetwork } from './network.ts';
import { keepPlatformLogKeys, noteWitnessedLogs } from './platformLogKeys.ts';
import { requireFreePorts } from './ports.ts';
import { postgresPart } from './postgresPart.ts';
import type { Progress } from './progress.ts';
import type { Ready } from './readyReport.ts';
import { servicePart } from './servicePart.ts';
import { noteSettings } from './serviceSettings.ts';
import {
  apiEnvironment,
  keystoreEnvironment,
  type System,
  sfuEnvironment,
  signalingEnvironment,
  signalingOrigin,
  webOrigin,
  witnessEnvironment,
} from './services.ts';
import type { Supervisor } from './supervisor.ts';

/** A core each, but no more than the ports that are kept for them. */
const maxWorkers = 64;

export interface Bringing {
  repository: string;
  options: StartOptions;
  folder: DataFolder;
  progress: Progress;
  supervisor: Supervisor;
  signal: AbortSignal;
}

/** What can be told before anything is made: whether this can work at all. */
async function check({ options }: Bringing) {
  requireMachine(thisHost());
  requireDisk([options.data, cacheFolder()]);
  const workers = Math.min(availableParallelism(), maxWorkers);
  const network = await planNetwork(options.host);
  const addresses = { web: network.listen, media: network.media.map(mediaAddress) };
  return { workers, network, ports: await requireFreePorts(options.port, workers, addresses) };
}

/**
 * Makes whatever is missing and starts every part, in order.
 *
 * @returns where to go, once all of it serves
 * @throws StartError with the sentence for the person
 * @throws Cancelled if `signal` fired meanwhile
 */
export async function bringUp(bringing: Bringing): Promise<Ready> {
  const { repository, folder, progress, supervisor, signal } = bringing;
  const logTo = (name: string) => {
    const file = openLogFile(join(folder.logs, `${name}.log`), (line) => progress.note(line));
    return (chunk: string) => file.write(chunk);
  };
  const { workers, network, ports } = await check(bringing);

  const worker = await progress.step('media worker', (report) => ensureWorker({ report, signal }));
  const { keys, certificates } = await progress.step('certificates', async () => ({
    keys: await keepClinicKeys(folder.keys, !folder.hasDatabase),
    certificates: await ensureCertificates(folder.certificates, network.names, new Date()),
  }));

  const roles = keepRoles(folder.database, ports.database, !folder.hasDatabase);
  const startDatabase = (name: string, link: string, id: string, of: DatabaseRoles, port: number) =>
    progress.step(name, async () => {
      const user = databaseUser();
      const binaries = ensureBinaries(cacheFolder(), user);
      const data = await ensureCluster(binaries, user, { link, id }, of, signal);
      await supervisor.start(postgresPart(name, { binaries, user, data, port, onLog: logTo(name) }));
    });
  await startDatabase('database', folder.postgres, keys.clinicId, roles, ports.database);
  const apiLog = logTo('api');
  await progress.step('schema', () => migrate({ repository, roles }, apiLog, signal));

  const { recordings } = folder;
  await prepareRecordings({ repository, keys, recordings }, apiLog, signal);

  const { keystore: own } = folder;
  const keyRoles = keepRoles(own.database, ports.keyDatabase, !own.hasDatabase);
  const keystoreLog = logTo('keystore');
  const keystoreKeys = await progress.step('keystore keys', () =>
    keepKeystoreKeys({
      ...{ repository, clinicId: keys.clinicId, folder: own.keys, masterFolder: own.master },
      ...{ mayBeNew: !own.hasDatabase, signal, onLog: keystoreLog },
    }),
  );
  const platformLog = await keepPlatformLogKeys({
    ...{ repository, clinicId: keys.clinicId, folder: folder.keys, signal, onLog: apiLog },
  });
  const keystore = { keys: keystoreKeys, roles: keyRoles };
  await startDatabase('key database', own.postgres, `${keys.clinicId}-keystore`, keyRoles, ports.keyDatabase);
  await progress.step('key schema', () => migrateKeystore({ repository, keystore }, keystoreLog, signal));
  await progress.step('client', (report) => ensureClient(repository, report, signal));

  const system: System = {
    repository,
    network,
    ports,
    certificates,
    keys,
    roles,
    recordings,
    keystore,
    platformLog,
    witnessedLogs: noteWitnessedLogs(join(own.keys, 'witnessed-logs'), keystoreKeys, platformLog),
    worker,
    workers,
  };
  const start = (name: string, env: NodeJS.ProcessEnv, onLog: (chunk: string) => void) => {
    const file = join(repository, 'apps', name, 'src/main.ts');
    return progress.step(name, () => supervisor.start(servicePart({ name, file, env, onLog })));
  };
  const startCall = async () => {
    await start('signaling', signalingEnvironment(system), logTo('signaling'));
    // It dials signaling, and is ready once it has got through.
    await start('sfu', sfuEnvironment(system), logTo('sfu'));
  };
  const startKeystore = async () => {
    await start('witness', witnessEnvironment(system), logTo('witness'));
    const environment = keystoreEnvironment(system);
    noteSettings(own.settings, 'keystore', environment);
    await start('keystore', environment, keystoreLog);
  };
  const startDemo = async () => {
    // It has the keys under which the demo's patients are written down.
    await startKeystore();
    return progress.step('demo clinic', () => seedDemo(system, apiLog, signal));
  };
  const startApi = async () => {
    const environment = apiEnvironment(system);
    noteSettings(folder.settings, 'api', environment);
    await start('api', environment, apiLog);
  };
  const [demo] = await Promise.all([startDemo(), startApi(), startCall()]);
  return {
    ...{ web: webOrigin(system), signaling: signalingOrigin(system), ca: certificates.authority.path, demo },
    recoveryShares: keystoreKeys.shares,
  };
}

import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartError } from '../errors.ts';
import { runCommand } from '../process/command.ts';
import { freePort } from '../process/freePort.ts';
import { configurationOf, encryptionKeyId } from './configuration.ts';
import { Daemons } from './daemons.ts';
import { ensureCeph } from './installation.ts';

const minute = 60_000;
/** Nothing is inherited but where programs are. */
const environment = { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

/** A Ceph RADOS Gateway for one test run: what speaks S3 to a cluster of one node that forgets everything. */
export interface TemporaryGateway {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** A key that objects may be encrypted with on the server (`aws:kms`). */
  readonly encryptionKeyId: string;
  /** Stops everything and removes its folder. */
  remove(): Promise<void>;
}

/**
 * Starts one on free ports of 127.0.0.1, with one user; installs Ceph where that is missing and ours to do.
 *
 * @throws StartError with the reason and what to do
 */
export async function startTemporaryGateway(): Promise<TemporaryGateway> {
  await ensureCeph();
  const folder = mkdtempSync(join(tmpdir(), 'sotto-ceph-'));
  const daemons = new Daemons(folder, environment);
  const remove = async () => {
    await daemons.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await startIn(folder, daemons)), remove };
  } catch (fault) {
    await remove();
    throw fault;
  }
}

async function startIn(folder: string, daemons: Daemons): Promise<Omit<TemporaryGateway, 'remove'>> {
  const [monitorPort, gatewayPort] = [await freePort(), await freePort()];
  const settings = join(folder, 'ceph.conf');
  const place = { folder, monitorPort, gatewayPort, encryptionKey: randomBytes(32).toString('base64') };
  writeFileSync(settings, configurationOf(place), { mode: 0o600 });
  for (const name of ['mon', 'osd', 'rgw']) mkdirSync(join(folder, name), { mode: 0o700 });

  const run = async (program: string, ...args: string[]): Promise<string> => {
    const options = { cwd: folder, env: { ...environment, CEPH_CONF: settings }, timeoutMs: minute };
    const result = await runCommand(program, args, options);
    if (result.tag === 'ended' && result.code === 0) return result.stdout;
    throw new StartError(`Ceph could not be started for the tests: ${program} failed.`);
  };
  const all = ['--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *'];

  await run('ceph-authtool', '--create-keyring', 'mon.keyring', '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *');
  await run('ceph-authtool', '--create-keyring', 'admin.keyring', '--gen-key', '-n', 'client.admin', ...all);
  await run('ceph-authtool', '--create-keyring', 'rgw.keyring', '--gen-key', '-n', 'client.rgw', ...all);
  await run('ceph-authtool', '--create-keyring', 'osd/keyring', '--gen-key', '-n', 'osd.0', ...all);
  for (const name of ['admin.keyring', 'rgw.keyring', 'osd/keyring']) {
    await run('ceph-authtool', 'mon.keyring', '--import-keyring', name);
  }
  const fsid = await run('ceph-conf', '-c', settings, '--lookup', 'fsid');
  const address = `[v2:127.0.0.1:${monitorPort}]`;
  await run('monmaptool', '--create', '--addv', 'a', address, '--fsid', fsid.trim(), 'monmap');
  await run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', 'monmap', '--keyring', 'mon.keyring');
  daemons.start('ceph-mon', '-f', '-c', settings, '-i', 'a');

  const osd = randomUUID();
  await run('ceph', '--connect-timeout', '30', 'osd', 'new', osd);
  await run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', osd);
  daemons.start('ceph-osd', '-f', '-c', settings, '-i', '0');
  daemons.start('radosgw', '-f', '-c', settings, '-n', 'client.rgw');

  const accessKeyId = randomBytes(10).toString('hex');
  const secretAccessKey = randomBytes(20).toString('hex');
  const keys = [`--access-key=${accessKeyId}`, `--secret-key=${secretAccessKey}`];
  await daemons.answers(`http://127.0.0.1:${gatewayPort}/`, minute);
  await run('radosgw-admin', 'user', 'create', '--uid=clinic', '--display-name=clinic', ...keys);
  return { endpoint: `http://127.0.0.1:${gatewayPort}`, accessKeyId, secretAccessKey, encryptionKeyId };
}

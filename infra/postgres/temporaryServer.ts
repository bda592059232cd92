import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { freePort } from '../process/freePort.ts';
import { cacheFolder } from '../worker/cacheFolder.ts';
import { ensureBinaries } from './binaries.ts';
import { ensureCluster } from './cluster.ts';
import { keepRoles } from './databaseRoles.ts';
import { databaseUser } from './osUser.ts';
import { startServer } from './server.ts';

/** A PostgreSQL server for one test run, with the roles of an installation and an empty database. */
export interface TemporaryServer {
  readonly ownerUrl: string;
  readonly appUrl: string;
  /** Stops the server and keeps its data. */
  stop(): Promise<void>;
  /** Stops the server and removes its data. */
  remove(): Promise<void>;
}

/**
 * Starts one on a free port of 127.0.0.1, its data in a new temporary folder.
 *
 * @throws StartError with the reason and what to do
 */
export async function startTemporaryServer(): Promise<TemporaryServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-postgres-'));
  // As root the server runs as another user, who must get through to the data.
  chmodSync(folder, 0o711);
  const user = databaseUser();
  const binaries = ensureBinaries(cacheFolder(), user);
  const port = await freePort();
  const roles = keepRoles(folder, port, true);
  const place = { link: join(folder, 'data'), id: basename(folder) };
  const data = await ensureCluster(binaries, user, place, roles, AbortSignal.timeout(120_000));
  const server = await startServer({ binaries, user, data, port, onLog: () => undefined });
  return {
    ownerUrl: readFileSync(roles.owner.urlFile, 'utf8').trim(),
    appUrl: readFileSync(roles.app.urlFile, 'utf8').trim(),
    stop: () => server.stop(),
    async remove() {
      await server.stop();
      for (const path of [data, folder]) rmSync(path, { recursive: true, force: true });
    },
  };
}

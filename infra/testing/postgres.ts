import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBinaries } from '../postgres/binaries.ts';
import { ensureCluster } from '../postgres/cluster.ts';
import { keepRoles } from '../postgres/databaseRoles.ts';
import { databaseUser } from '../postgres/osUser.ts';
import { startServer } from '../postgres/server.ts';
import { cacheFolder } from '../worker/cacheFolder.ts';

export interface TestPostgres {
  readonly ownerUrl: string;
  readonly appUrl: string;
  /** Stops the server, without forgetting the data. */
  stop(): Promise<void>;
  /** Stops the server and removes its data. */
  remove(): Promise<void>;
}

const freePort = () =>
  new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

/** A PostgreSQL server of its own, with the roles of an installation and an empty database. */
export async function startPostgres(): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-test-'));
  const user = databaseUser();
  const binaries = ensureBinaries(cacheFolder(), user);
  const port = await freePort();
  const roles = keepRoles(folder, port);
  const place = { link: join(folder, 'data'), id: folder.slice(-6) };
  const data = await ensureCluster(binaries, user, place, roles, AbortSignal.timeout(60_000));
  const server = await startServer({ binaries, user, data, port, onLog: () => undefined });
  return {
    ownerUrl: readFileSync(roles.owner.urlFile, 'utf8').trim(),
    appUrl: readFileSync(roles.app.urlFile, 'utf8').trim(),
    stop: () => server.stop(),
    async remove() {
      await server.stop();
      rmSync(data, { recursive: true, force: true });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

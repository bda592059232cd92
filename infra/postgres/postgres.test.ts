import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { isRunning } from '../process/liveProcess.ts';
import { cacheFolder } from '../worker/cacheFolder.ts';
import { ensureBinaries, type PostgresBinaries } from './binaries.ts';
import { ensureCluster } from './cluster.ts';
import { type DatabaseRoles, keepRoles } from './databaseRoles.ts';
import { databaseUser, type OsUser } from './osUser.ts';
import { type PostgresServer, type ServerSpec, startServer } from './server.ts';
import { logIn } from './testing/logIn.ts';

const never = new AbortController().signal;
const id = `test-${process.pid}`;

let folder = '';
let user: OsUser;
let binaries: PostgresBinaries;
let roles: DatabaseRoles;
let spec: ServerSpec;
let log = '';
const running: PostgresServer[] = [];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function start(): Promise<PostgresServer> {
  const server = await startServer(spec);
  running.push(server);
  return server;
}

const cluster = (link = join(folder, 'postgres')) => ensureCluster(binaries, user, { link, id }, roles, never);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-postgres-'));
  chmodSync(folder, 0o711);
  user = databaseUser();
  binaries = ensureBinaries(cacheFolder(), user);
  const port = await freePort();
  roles = keepRoles(folder, port);
  spec = { binaries, user, data: await cluster(), port, onLog: (chunk) => (log += chunk) };
}, 120_000);
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the data folder of PostgreSQL', { timeout: 120_000 }, () => {
  it('is made once, closed to others', async () => {
    const made = statSync(join(spec.data, 'PG_VERSION')).mtimeMs;
    expect(await cluster()).toBe(spec.data);
    expect(statSync(join(spec.data, 'PG_VERSION')).mtimeMs).toBe(made);
    expect(statSync(spec.data).mode & 0o777).toBe(0o700);
    expect(existsSync(`${spec.data}.new`)).toBe(false);
  });

  it('has no password lying about in it', () => {
    const files = readdirSync(spec.data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const secrets = [roles.owner.password, roles.app.password, roles.superuserPassword];
    const holding = files.filter((entry) => {
      const content = readFileSync(join(entry.parentPath, entry.name), 'latin1');
      return secrets.some((secret) => content.includes(secret));
    });
    expect(holding.map(({ name }) => name)).toEqual([]);
    expect(statSync(roles.owner.urlFile).mode & 0o777).toBe(0o600);
  });

  it('of another major version is refused in one line', async () => {
    const link = join(folder, 'old');
    mkdirSync(link);
    writeFileSync(join(link, 'PG_VERSION'), '15\n');
    await expect(cluster(link)).rejects.toThrow(
      /was made by PostgreSQL 15, and this version of Sotto has \d+: start the/,
    );
  });

  it('that was begun and not finished is made anew', async () => {
    const link = join(folder, 'again');
    mkdirSync(join(`${link}.new`, 'data'), { recursive: true });
    expect(await cluster(link)).toBe(link);
    expect(existsSync(`${link}.new`)).toBe(false);
  });

  it.runIf(process.getuid?.() === 0)('lies elsewhere if its user can not reach it', async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const place = await cluster(join(closed, 'postgres'));
    try {
      expect(place).toBe(`/var/lib/sotto/${id}`);
      expect(await cluster(join(closed, 'postgres'))).toBe(place);
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  });

  it('keeps its passwords when the port changes', () => {
    const moved = keepRoles(folder, 4321);
    expect(moved.owner.password).toBe(roles.owner.password);
    expect(readFileSync(moved.app.urlFile, 'utf8')).toContain('@127.0.0.1:4321/');
    keepRoles(folder, spec.port);
  });
});

describe('the server', { timeout: 60_000 }, () => {
  it('lets our two roles in by their passwords, and nobody else', async () => {
    await start();
    const attempts = {
      owner: await logIn(spec.port, { ...roles.owner, user: roles.owner.name }),
      app: await logIn(spec.port, { ...roles.app, user: roles.app.name }),
      wrong: await logIn(spec.port, { user: roles.app.name, password: roles.owner.password }),
      superuser: await logIn(spec.port, { user: 'postgres', password: roles.superuserPassword }),
    };
    // SQLSTATE: 28P01 is a wrong password, 28000 no rule for such a user.
    expect(attempts).toEqual({ owner: 'in', app: 'in', wrong: '28P01', superuser: '28000' });
  });

  it('listens on loopback alone, and on no socket file', async () => {
    await start();
    const others = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal);
    for (const { address } of others) {
      const socket = connect(spec.port, address);
      const [fault] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
      expect(fault.code).toBe('ECONNREFUSED');
    }
    expect(readFileSync(join(spec.data, 'postmaster.pid'), 'utf8').split('\n')[4]).toBe('');
  });

  it.runIf(process.platform === 'linux')('does not run as root, and can not become it', async () => {
    const { pid } = await start();
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).not.toBe('0');
    expect(/^NoNewPrivs:\s+(\d)/m.exec(status)?.[1]).toBe('1');
    expect(/^CapEff:\s+(\w+)/m.exec(status)?.[1]).toMatch(/^0+$/);
  });

  it('says in one line that its port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(spec.port, '127.0.0.1', resolve));
    try {
      await expect(startServer(spec)).rejects.toThrow(
        /^Port \d+ is in use by another program: stop that, or choose other/,
      );
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });

  it('comes back after it was killed', async () => {
    const first = await start();
    process.kill(first.pid, 'SIGKILL');
    await first.exited;
    await start();
    expect(await logIn(spec.port, { ...roles.app, user: roles.app.name })).toBe('in');
    expect(log).toContain('not properly shut down');
  });

  it('dies with the process that started it, and starts again at once', async () => {
    const source = pathToFileURL(join(import.meta.dirname, 'server.ts')).href;
    const program = `
      import { startServer } from ${JSON.stringify(source)};
      const spec = JSON.parse(process.argv[1]);
      const { pid } = await startServer({ ...spec, onLog: () => {} });
      console.log(pid);
    `;
    const args = ['--input-type=module', '--eval', program, JSON.stringify(spec)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    const pid = Number(said.toString());
    expect(isRunning(pid)).toBe(true);
    child.kill('SIGKILL');
    await start();
    await vi.waitUntil(() => !isRunning(pid), { timeout: 10_000 });
  });
});

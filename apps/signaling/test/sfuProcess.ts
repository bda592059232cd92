import { type ChildProcess, fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TlsIdentity } from '@sotto/service/tls';
import type { TestServer } from './server.ts';

export interface SfuProcess {
  /** Worker i listens on this port + i. */
  readonly rtcPort: number;
  /** Process ids of its media workers, by their index; a restarted one takes its predecessor's place. */
  readonly workers: Map<number, number>;
  /** Waits for a line of its log. */
  logged(event: string): Promise<void>;
  close(): Promise<void>;
}

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

/** The first of some ports in a row that nobody has, below those that the system gives to outgoing connections. */
async function freePorts(count: number): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const first = randomInt(20_000, 30_000);
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(first + index)));
    if (free.every(Boolean)) return first;
  }
  throw new Error('no free ports');
}

/** The SFU as it runs, in a process of its own. Resolves when it says that it is ready. */
export async function startSfuProcess(
  server: TestServer,
  options: { workers?: number; identity?: TlsIdentity; ca?: string } = {},
): Promise<SfuProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-sfu-'));
  const identity = options.identity ?? (await server.control.issue([{ type: 'dns', value: 'sfu.sotto.internal' }]));
  const file = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const rtcPort = await freePorts(options.workers ?? 1);
  const child: ChildProcess = fork(new URL('../../sfu/src/main.ts', import.meta.url), {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      ...process.env,
      SFU_CONTROL_URL: server.controlUrl,
      SFU_TLS_CERT: await file('cert.pem', identity.cert),
      SFU_TLS_KEY: await file('key.pem', identity.key),
      SFU_TLS_CA: await file('ca.pem', options.ca ?? server.control.pem),
      SFU_WORKERS: String(options.workers ?? 1),
      SFU_RTC_PORT: String(rtcPort),
      SFU_LISTEN: '127.0.0.1',
    },
  });
  const workers = new Map<number, number>();
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  if (child.stderr) {
    createInterface(child.stderr).on('line', (line) => {
      const entry = JSON.parse(line) as { event: string; worker?: number; pid?: number };
      if (entry.event === 'workerStarted') workers.set(entry.worker ?? -1, entry.pid ?? -1);
      lines.push(entry.event);
      for (const look of waiting) look();
    });
  }
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const logged = (event: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        const index = lines.indexOf(event);
        if (index < 0) return;
        lines.splice(index, 1);
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  const close = async () => {
    child.kill('SIGTERM');
    await exited;
    await rm(folder, { recursive: true });
  };
  if (options.identity === undefined && options.ca === undefined) {
    await new Promise<void>((resolve, reject) => {
      child.once('message', (message) =>
        (message as { ready?: boolean }).ready ? resolve() : reject(new Error(JSON.stringify(message))),
      );
      child.once('exit', (code) => reject(new Error(`the SFU ended with ${code}: ${lines.join(' ')}`)));
    });
  }
  return { rtcPort, workers, logged, close };
}

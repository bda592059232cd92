import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TlsIdentity } from '@sotto/service/tls';
import type { TestServer } from './server.ts';

export interface SfuProcess {
  /** Process ids of its media workers, by their index; a restarted one takes its predecessor's place. */
  readonly workers: Map<number, number>;
  /** Waits for a line of its log. */
  logged(event: string): Promise<void>;
  close(): Promise<void>;
}

const freePort = () =>
  new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

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
  const child: ChildProcess = fork(new URL('../../sfu/src/main.ts', import.meta.url), {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      ...process.env,
      SFU_CONTROL_URL: server.controlUrl,
      SFU_TLS_CERT: await file('cert.pem', identity.cert),
      SFU_TLS_KEY: await file('key.pem', identity.key),
      SFU_TLS_CA: await file('ca.pem', options.ca ?? server.control.pem),
      SFU_WORKERS: String(options.workers ?? 1),
      SFU_RTC_PORT: String(await freePort()),
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
  return { workers, logged, close };
}

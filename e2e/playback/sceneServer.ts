import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const types: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.html': 'text/html' };
const html = '<!doctype html><title>Playback</title><script type="module" src="/scene.js"></script>';

export interface Asked {
  readonly path: string;
  /** Null where there was no range. */
  readonly octets: number | null;
}

/** The scene's page, and a storage that gives out parts by range and notes what is asked of it. */
export class PlaybackServer implements AsyncDisposable {
  readonly asked: Asked[] = [];
  /** Octets a second that the storage gives; all at once if null. */
  rate: number | null = null;
  readonly parts = new Map<string, Map<string, Buffer>>();
  /** Files as any server has them, below `/clear/`. */
  readonly files = new Map<string, Buffer>();
  readonly #folder: string;
  readonly #server: Server;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<PlaybackServer> {
    const folder = mkdtempSync(join(tmpdir(), 'sotto-playback-'));
    await build({
      configFile: false,
      root: import.meta.dirname,
      logLevel: 'error',
      worker: { format: 'es' },
      build: {
        outDir: folder,
        emptyOutDir: true,
        target: 'esnext',
        rolldownOptions: { input: join(import.meta.dirname, 'scene.ts'), output: { entryFileNames: 'scene.js' } },
      },
    });
    const server = new PlaybackServer(folder);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get origin(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return `http://localhost:${String(address.port)}`;
  }

  get port(): number {
    return Number(new URL(this.origin).port);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    const [, of, object = '', leaf] = path.split('/');
    if (of === 'clear') {
      await this.#answerFile(path.split('?', 1)[0] ?? '', request, response);
      return;
    }
    if (of !== 'parts') {
      this.asked.push({ path, octets: null });
      const file = path === '/' ? html : path === '/play.js' ? serviceWorker() : this.#built(path);
      response.setHeader('content-type', types[extname(path) || '.html'] ?? 'application/octet-stream');
      response.writeHead(file === null ? 404 : 200).end(file);
      return;
    }
    const own = this.parts.get(object) ?? new Map<string, Buffer>();
    this.parts.set(object, own);
    if (request.method === 'PUT' && leaf !== undefined) {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      own.set(leaf, Buffer.concat(chunks));
      response.writeHead(201).end();
      return;
    }
    if (leaf === undefined) {
      const list = [...own].map(([name, { length }]) => ({ leaf: name, length }));
      response.end(JSON.stringify(list.sort((a, b) => (a.leaf < b.leaf ? -1 : 1))));
      return;
    }
    const [, from = '', to = ''] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const octets = own.get(leaf)?.subarray(Number(from), Number(to) + 1) ?? Buffer.alloc(0);
    this.asked.push({ path, octets: to === '' ? null : octets.length });
    if (this.rate !== null)
      await new Promise((resolve) => setTimeout(resolve, 20 + (octets.length / (this.rate ?? 1)) * 1000));
    response.writeHead(206).end(octets);
  }

  async #answerFile(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'PUT') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      this.files.set(path, Buffer.concat(chunks));
      response.writeHead(201).end();
      return;
    }
    const file = this.files.get(path) ?? Buffer.alloc(0);
    const [, first = '', last = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const [from, to] = [Number(first), last === '' ? file.length : Number(last) + 1];
    response.writeHead(206, {
      'content-type': 'video/webm',
      'cache-control': 'no-store',
      'accept-ranges': 'bytes',
      'content-range': `bytes ${String(from)}-${String(to - 1)}/${String(file.length)}`,
      'content-length': to - from,
    });
    response.end(file.subarray(from, to));
  }

  #built(path: string): Buffer | null {
    try {
      return readFileSync(join(this.#folder, path));
    } catch {
      return null;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** As the client's build makes it. */
const serviceWorker = (): string =>
  stripTypeScriptTypes(readFileSync(fileURLToPath(import.meta.resolve('@sotto/playback/serviceWorker')), 'utf8'));

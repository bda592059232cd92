import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StaffId } from '@sotto/protocol/ids';
import { intentHeader, intentRequest, intentSeconds } from '@sotto/protocol/phi';
import { partRequest, recordingUpload } from '@sotto/protocol/recordings';
import { inspectManifest } from '@sotto/vault';
import { fromBase64url } from '../src/keystore/bytes.ts';
import type { SoftKeystore } from './softKeystore.ts';

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

const said = (status: number, body?: unknown): Answer => ({ status, body });

/** A clinic that stores recordings' parts and registers them with its keystore: over HTTP, as the api does. */
export class SoftClinic {
  /** Objects' parts by name. */
  readonly stored = new Map<string, Map<string, Uint8Array>>();
  readonly registered: string[] = [];
  /** Tickets that were given out, the first one first. */
  readonly tickets: { readonly object: string; readonly leaf: string; isOver: boolean }[] = [];
  /** Those given out from now on are over by the time that they are used. */
  ticketsAreLate = false;
  /** Objects with ids of intents that weren't used yet. */
  readonly #intents = new Set<string>();
  readonly #keystore: SoftKeystore;
  readonly #writer: StaffId;
  readonly #server = createServer((request, response) => {
    void this.#answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    });
  });

  private constructor(keystore: SoftKeystore, writer: StaffId) {
    this.#keystore = keystore;
    this.#writer = writer;
  }

  static async open(keystore: SoftKeystore, writer: StaffId): Promise<SoftClinic> {
    const clinic = new SoftClinic(keystore, writer);
    await new Promise<void>((resolve) => {
      clinic.#server.listen(0, '127.0.0.1', resolve);
    });
    return clinic;
  }

  get address(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${String(port)}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  octetsOf(object: string): number {
    return [...(this.stored.get(object)?.values() ?? [])].reduce((sum, { length }) => sum + length, 0);
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const octets = new Uint8Array(Buffer.concat(chunks));
    const [, , ...path] = (request.url ?? '').split('/');
    if (path[0] === 'intents') return this.#intend(octets);
    const isPhi = path[0] === 'phi';
    const [kind, id = '', what] = isPhi ? path.slice(1) : path;
    if (isPhi && !this.#intents.delete(`${id} ${String(request.headers[intentHeader])}`)) {
      return said(403, { code: 'noIntent', correlationId: '1' });
    }
    if (kind === 'parts') return this.#take(Number(id), octets);
    const parts = this.stored.get(id) ?? new Map<string, Uint8Array>();
    this.stored.set(id, parts);
    if (what === 'recording') return this.#register(id, octets);
    if (request.method === 'GET') {
      return said(200, { parts: [...parts].map(([leaf, { length }]) => ({ leaf, length })) });
    }
    const { leaf } = partRequest.parse(JSON.parse(new TextDecoder().decode(octets)));
    const ticket = this.tickets.push({ object: id, leaf, isOver: this.ticketsAreLate }) - 1;
    return said(201, { url: `/api/parts/${String(ticket)}`, headers: {}, expiresAt: null });
  }

  #intend(octets: Uint8Array): Answer {
    const { object } = intentRequest.parse(JSON.parse(new TextDecoder().decode(octets)));
    const id = randomBytes(32).toString('base64url');
    this.#intents.add(`${object} ${id}`);
    return said(201, { id, expiresAt: new Date(Date.now() + intentSeconds * 1000).toISOString() });
  }

  #take(number: number, octets: Uint8Array): Answer {
    const ticket = this.tickets[number];
    if (!ticket || ticket.isOver) return said(401, { code: 'unauthenticated', correlationId: '1' });
    this.stored.get(ticket.object)?.set(ticket.leaf, octets);
    return said(201);
  }

  async #register(object: string, octets: Uint8Array): Promise<Answer> {
    const { manifest } = recordingUpload.parse(JSON.parse(new TextDecoder().decode(octets)));
    const { hash, context } = await inspectManifest(fromBase64url(manifest) ?? new Uint8Array());
    const { clinic, pseudonym, visit, kind } = context;
    const { log } = this.#keystore;
    const statement = await this.#keystore.sign({
      type: 'sotto/object-registered/v1',
      ...{ clinic, pseudonym, visit, object, kind, manifest: hash, writer: this.#writer },
      registeredAt: '2031-05-06T07:08:09.000Z',
    });
    const index = log.append({ action: 'object.register', resource: `object:${object}`, after: hash });
    this.registered.push(object);
    return said(200, { statement, proof: await log.prove(index) });
  }
}

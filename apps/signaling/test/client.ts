import { randomBytes } from 'node:crypto';
import { Agent } from 'node:https';
import type { Result } from '@sotto/protocol/result';
import { resultOf } from '@sotto/protocol/result';
import {
  type ClientEventName,
  type ClientReply,
  type ClientRequest,
  clientEvents,
  type ServerEventName,
  type ServerMessage,
  serverEvents,
} from '@sotto/protocol/signaling';
import { io, type Socket } from 'socket.io-client';
import type { Person } from './clinic.ts';
import { origin, type TestServer } from './server.ts';

interface Told {
  readonly event: ServerEventName;
  readonly message: unknown;
}

/** How long a test waits for something that should happen at once. */
const patienceMs = 5000;

/** A person's browser, as far as signaling sees it. Parses everything that it is told. */
export class TestClient {
  readonly person: Person;
  readonly socket: Socket;
  readonly told: Told[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(person: Person, socket: Socket) {
    this.person = person;
    this.socket = socket;
    socket.onAny((event: ServerEventName, message: unknown) => {
      this.told.push({ event, message: serverEvents[event].parse(message) });
      for (const look of this.#waiting) look();
    });
    socket.on('disconnect', () => {
      for (const look of this.#waiting) look();
    });
  }

  async ask<N extends ClientEventName>(event: N, request: ClientRequest<N>): Promise<Result<ClientReply<N>>> {
    const answer: unknown = await this.socket.timeout(patienceMs).emitWithAck(event, request);
    return resultOf(clientEvents[event].reply).parse(answer) as Result<ClientReply<N>>;
  }

  enter(keyPackage: Uint8Array<ArrayBuffer> = randomBytes(300)): Promise<Result<ClientReply<'visit:enter'>>> {
    return this.ask('visit:enter', { keyPackage });
  }

  /** Enters, and fails the test unless that ends in the visit. */
  async enterPresent() {
    const entered = await this.enter();
    if (!entered.ok || entered.value.standing !== 'present') throw new Error('not present');
    return entered.value.state;
  }

  heard<N extends ServerEventName>(event: N): ServerMessage<N>[] {
    return this.told.filter((one) => one.event === event).map(({ message }) => message as ServerMessage<N>);
  }

  /** The next message of that name, or one that came already, that fits; it is then taken out of `told`. */
  hears<N extends ServerEventName>(
    event: N,
    fits: (message: ServerMessage<N>) => boolean = () => true,
  ): Promise<ServerMessage<N>> {
    return this.#until(`hear ${event}`, () => {
      const index = this.told.findIndex((one) => one.event === event && fits(one.message as ServerMessage<N>));
      if (index < 0) return undefined;
      return this.told.splice(index, 1)[0]?.message as ServerMessage<N>;
    });
  }

  async isCutOff(): Promise<true> {
    return this.#until('be cut off', () => (this.socket.disconnected ? true : undefined));
  }

  /** As when the network goes: no word to the server. */
  drop(): void {
    this.socket.io.engine.close();
  }

  close(): void {
    this.socket.disconnect();
  }

  #until<T>(what: string, look: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const found = look();
        if (found === undefined) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        reject(new Error(`did not ${what}; heard ${this.told.map(({ event }) => event).join(' ')}`));
      }, patienceMs);
      this.#waiting.add(check);
      check();
    });
  }
}

/** How a connection is opened; each part can be wrong. */
export interface Dial {
  readonly ticket?: string;
  readonly auth?: unknown;
  readonly origin?: string | undefined;
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
}

/** What the server said to a connection that it didn't take. */
class NotTaken extends Error {
  readonly data: unknown;

  constructor(fault: Error) {
    super(fault.message);
    this.data = 'data' in fault ? fault.data : undefined;
  }
}

/** Connects, or throws `NotTaken`. */
export async function connect(server: TestServer, person: Person, dial: Dial = {}): Promise<TestClient> {
  const ticket = dial.ticket ?? (await server.clinic.ticket(person));
  const headers: Record<string, string> = {};
  const from = 'origin' in dial ? dial.origin : origin;
  if (from !== undefined) headers['origin'] = from;
  const socket = io(server.url, {
    forceNew: true,
    reconnection: false,
    autoConnect: false,
    transports: ['websocket'],
    auth: ('auth' in dial ? dial.auth : { v: 1, ticket }) as Record<string, unknown>,
    extraHeaders: headers,
    agent: new Agent({ ca: server.authority.pem, maxVersion: dial.maxVersion ?? 'TLSv1.3' }) as unknown as boolean,
  });
  const client = new TestClient(person, socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', (fault) => reject(new NotTaken(fault)));
    // Comes before the error that explains it, if there is one.
    socket.io.once('close', (reason) => setImmediate(() => reject(new Error(reason))));
    socket.connect();
  });
  return client;
}

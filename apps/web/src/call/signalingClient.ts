import { type Result, refused, resultOf } from '@sotto/protocol/result';
import {
  type ClientEventName,
  type ClientReply,
  clientEvents,
  type ServerEventName,
  type ServerMessage,
  serverEvents,
} from '@sotto/protocol/signaling';
import { io, type Socket } from 'socket.io-client';
import type * as z from 'zod';
import type { Backoff } from './backoff.ts';

/** What signaling tells, parsed: one object per event of the protocol's table. */
export type IncomingMessage = {
  [N in ServerEventName]: { event: N; message: ServerMessage<N> };
}[ServerEventName];

/** What a request is given as, before it is parsed. */
export type RequestInput<N extends ClientEventName> = z.input<(typeof clientEvents)[N]['request']>;

/** A ticket for the next connection, or what to do without one. */
export type TicketOutcome = { tag: 'ticket'; ticket: string } | { tag: 'retry' } | { tag: 'giveUp' };

export interface SignalingOptions {
  /** `https://host:port` of signaling. */
  url: string;
  /** Called before each connection, since a ticket opens only one. `giveUp` closes the client. */
  ticket: () => Promise<TicketOutcome>;
  receive: (message: IncomingMessage) => void;
  /** The connection stands; the caller's next request is `visit:enter`. */
  onConnected: () => void;
  /** The connection is gone; the client is already trying again. */
  onLost: () => void;
  backoff: Backoff;
}

export interface SignalingClient {
  /**
   * Sends one request and waits for its answer. Never rejects: no connection and no answer in time are
   * `unavailable`, an answer of the wrong shape is `internal`, a request of the wrong shape is `invalid`.
   */
  request<N extends ClientEventName>(event: N, request: RequestInput<N>): Promise<Result<ClientReply<N>>>;
  /** Drops the connection and opens another one, after a wait of at least `afterMs`. */
  reconnectLater(afterMs: number): void;
  /** Ends a wait between two attempts (the network is back, the page is visible again). */
  retryNow(): void;
  close(): void;
}

const answerTimeoutMs = 8_000;
const connectTimeoutMs = 8_000;

/**
 * One person's connection to signaling, kept up until it is closed. Everything that arrives is parsed with the
 * protocol's tables; what doesn't parse or isn't declared there is dropped.
 */
export function openSignaling(options: SignalingOptions): SignalingClient {
  const socket: Socket = io(options.url, {
    transports: ['websocket'],
    autoConnect: false,
    // A ticket opens one connection, so each attempt needs its own; Socket.IO's reconnection would reuse it.
    reconnection: false,
    forceNew: true,
    timeout: connectTimeoutMs,
  });
  let closed = false;
  let attempt = 0;
  let wait: ReturnType<typeof setTimeout> | undefined;

  async function connect(): Promise<void> {
    attempt += 1;
    const mine = attempt;
    const outcome = await options.ticket();
    if (closed || mine !== attempt) return;
    switch (outcome.tag) {
      case 'ticket':
        socket.auth = { v: 1, ticket: outcome.ticket };
        socket.connect();
        return;
      case 'retry':
        retryLater();
        return;
      case 'giveUp':
        close();
        return;
    }
  }

  function retryLater(atLeastMs = 0): void {
    if (closed || wait !== undefined) return;
    wait = setTimeout(() => {
      wait = undefined;
      void connect();
    }, atLeastMs + options.backoff.next());
  }

  function connectNow(): void {
    clearTimeout(wait);
    wait = undefined;
    void connect();
  }

  function close(): void {
    closed = true;
    attempt += 1;
    clearTimeout(wait);
    wait = undefined;
    socket.close();
  }

  socket.on('connect', () => {
    options.onConnected();
  });
  socket.on('connect_error', () => {
    retryLater();
  });
  socket.on('disconnect', (reason) => {
    if (closed || reason === 'io client disconnect') return;
    options.onLost();
    retryLater();
  });
  socket.onAny((event: string, message: unknown) => {
    if (closed || !isServerEvent(event)) return;
    const parsed = serverEvents[event].safeParse(message);
    // Event and message come from the same row of the table, which the compiler can't follow through a union.
    if (parsed.success) options.receive({ event, message: parsed.data } as IncomingMessage);
  });
  connectNow();

  return {
    async request<N extends ClientEventName>(event: N, request: RequestInput<N>): Promise<Result<ClientReply<N>>> {
      const checked = clientEvents[event].request.safeParse(request);
      if (!checked.success) return refused('invalid');
      if (!socket.connected) return refused('unavailable');
      let answer: unknown;
      try {
        answer = await socket.timeout(answerTimeoutMs).emitWithAck(event, checked.data);
      } catch {
        return refused('unavailable');
      }
      const parsed = resultOf(clientEvents[event].reply).safeParse(answer);
      return parsed.success ? (parsed.data as Result<ClientReply<N>>) : refused('internal');
    },
    reconnectLater(afterMs) {
      if (closed) return;
      socket.disconnect();
      options.onLost();
      retryLater(afterMs);
    },
    retryNow() {
      if (wait !== undefined) connectNow();
    },
    close,
  };
}

function isServerEvent(event: string): event is ServerEventName {
  return Object.hasOwn(serverEvents, event);
}

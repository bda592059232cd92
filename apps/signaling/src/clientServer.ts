import type { IncomingMessage } from 'node:http';
import type { SessionId, VisitId } from '@sotto/protocol/ids';
import { type Result, refused } from '@sotto/protocol/result';
import { maxMessageBytes } from '@sotto/protocol/signaling';
import { addressKey } from '@sotto/service/addressKey';
import { tlsServerOptions } from '@sotto/service/tls';
import { type DefaultEventsMap, Server, type Socket } from 'socket.io';
import type { Caller } from './caller.ts';
import { dispatch, type Handlers } from './dispatch.ts';
import type { ConnectionId, Effect } from './effect.ts';
import { ConnectionRefused } from './errors.ts';
import { HttpsListener } from './httpsListener.ts';
import type { Limits } from './limits.ts';
import type { SignalingLog } from './log.ts';
import type { MediaRooms } from './mediaRooms.ts';
import { packetParser } from './packetDecoder.ts';
import type { Rates } from './rates.ts';
import type { ListenerSettings } from './settings.ts';
import type { Tally } from './tally.ts';
import type { TicketGate } from './ticketGate.ts';
import type { Visits } from './visits.ts';

interface SocketData {
  caller: Caller;
  address: string;
  connectedAt: number;
  hasEntered: boolean;
}
// What is sent is paired with its event's name by `Effect`; what comes in is anything until it is parsed.
type ClientSocket = Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketData>;
type ClientIo = Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketData>;

export interface ClientServerOptions {
  readonly settings: ListenerSettings & { readonly origins: readonly string[] };
  readonly limits: Limits;
  readonly gate: TicketGate;
  readonly rates: Rates;
  readonly tally: Tally;
  readonly visits: Visits;
  readonly handlers: Handlers;
  readonly rooms: MediaRooms;
  /** Unix ms. */
  readonly now: () => number;
  readonly log: SignalingLog;
}

/**
 * Where browsers connect: Socket.IO over WebSocket over TLS 1.3. There is no long polling: a visit needs UDP or TCP
 * to the SFU anyway, and where a WebSocket doesn't pass, media won't; so requests have no bodies, and a connection is
 * one socket with one origin check. This is the shell: it parses nothing itself and decides nothing.
 */
export class ClientServer {
  readonly #options: ClientServerOptions;
  readonly #https: HttpsListener;
  readonly #io: ClientIo;

  constructor(options: ClientServerOptions) {
    this.#options = options;
    const { settings, limits } = options;
    this.#https = new HttpsListener(tlsServerOptions(settings.identity));
    this.#https.server.maxConnections = limits.connections;
    this.#io = new Server(this.#https.server, {
      transports: ['websocket'],
      allowUpgrades: false,
      serveClient: false,
      maxHttpBufferSize: maxMessageBytes,
      connectTimeout: 10_000,
      pingInterval: 10_000,
      pingTimeout: 10_000,
      parser: packetParser,
      allowRequest: (request, answer) => void this.#allow(request).then((reason) => answer(reason, reason === null)),
    });
    this.#io.use((socket, next) => void this.#admit(socket).then(next));
    this.#io.on('connection', (socket) => this.#serve(socket));
  }

  listen(): Promise<void> {
    return this.#https.listen(this.#options.settings);
  }

  /** The port that is listened on: what the system chose, if 0 was asked for. */
  get port(): number {
    return this.#https.port;
  }

  async close(): Promise<void> {
    await this.#io.close();
  }

  /** Does what follows from a change, in order. */
  perform(visitId: VisitId, effects: readonly Effect[]): void {
    const { rooms, log } = this.#options;
    for (const effect of effects) {
      switch (effect.tag) {
        case 'tell':
          this.#socket(effect.to)?.emit(effect.event, effect.message);
          break;
        case 'disconnect':
          this.#socket(effect.connection)?.disconnect(true);
          break;
        case 'closePeer':
          rooms.closePeer(visitId, effect.peerId);
          break;
        case 'closeRoom':
          rooms.close(visitId);
          break;
        case 'visitOver':
          rooms.close(visitId);
          for (const socket of this.#sockets) if (socket.data.caller.claims.vis === visitId) socket.disconnect(true);
          log.info('visitOver', { visitId });
          break;
      }
    }
  }

  /** Takes whoever is here by one of these sessions out of their visit, and closes their sockets. */
  endSessions(sessions: readonly SessionId[]): void {
    const { gate, visits, log } = this.#options;
    gate.end(sessions);
    // Also whose connection is broken just now: they don't come back.
    for (const { visitId, effects } of visits.endSessions(sessions)) this.perform(visitId, effects);
    for (const socket of [...this.#sockets]) {
      const { claims } = socket.data.caller;
      if (!sessions.includes(claims.ses)) continue;
      log.info('sessionEnded', { participantId: claims.sub });
      socket.disconnect(true);
    }
  }

  /** Closes connections that have been there for a while and never entered. */
  closeIdle(): void {
    const { now, limits } = this.#options;
    const before = now() - limits.enterMs;
    for (const socket of this.#sockets) {
      if (!socket.data.hasEntered && socket.data.connectedAt <= before) socket.disconnect(true);
    }
  }

  get #sockets(): Iterable<ClientSocket> {
    return this.#io.of('/').sockets.values();
  }

  #socket(id: ConnectionId): ClientSocket | undefined {
    return this.#io.of('/').sockets.get(id);
  }

  /** Before any handshake: the page's origin, no session cookie of the api's, and how many connections the address makes. */
  async #allow(request: IncomingMessage): Promise<string | null> {
    const { settings, rates, tally } = this.#options;
    if (!settings.origins.includes(request.headers.origin ?? '')) {
      tally.add('wrongOrigin');
      return 'forbidden';
    }
    // Cookies don't know ports. Ours have a path that isn't this one's; should one come all the same, it's not kept.
    if (/(^|[;\s])__Secure-sotto-/.test(request.headers.cookie ?? '')) {
      tally.add('forbidden');
      return 'forbidden';
    }
    const waitMs = await rates.connect(addressKey(request.socket.remoteAddress));
    if (waitMs === null) return null;
    tally.add('rateLimited');
    return 'rateLimited';
  }

  async #admit(socket: ClientSocket): Promise<ConnectionRefused | undefined> {
    const { gate, tally, now } = this.#options;
    const admitted = await gate.admit(socket.handshake.auth);
    if (!admitted.ok) {
      tally.add(admitted.code);
      return new ConnectionRefused(admitted.code);
    }
    socket.data = {
      caller: { connection: socket.id as ConnectionId, claims: admitted.value },
      address: addressKey(socket.request.socket.remoteAddress),
      connectedAt: now(),
      hasEntered: false,
    };
    return undefined;
  }

  #serve(socket: ClientSocket): void {
    const { gate, visits, rates, now } = this.#options;
    const { connection, claims } = socket.data.caller;
    // Ended between its admission and here.
    if (gate.hasEnded(claims.ses)) {
      socket.disconnect(true);
      return;
    }
    socket.onAny((event: unknown, ...parts: unknown[]) => void this.#receive(socket, event, parts));
    socket.on('disconnect', () => {
      this.perform(claims.vis, visits.find(claims.vis)?.disconnected(connection, now()) ?? []);
      void rates.forget(connection);
    });
  }

  async #receive(socket: ClientSocket, event: unknown, parts: unknown[]): Promise<void> {
    const { handlers, visits, rates, tally, now, log } = this.#options;
    const { caller, address } = socket.data;
    const reply = parts.at(-1);
    const waitMs = await rates.event(caller.connection, address);
    // Closed while it waited its turn: what it says no longer counts.
    if (!socket.connected) return;
    if (!isAcknowledgement(reply)) {
      tally.add('noAcknowledgement');
      return this.#offend(socket);
    }
    if (waitMs !== null) {
      tally.add('rateLimited');
      reply(refused('rateLimited', waitMs));
      return this.#offend(socket);
    }
    try {
      const { result, effects, refusal } = await dispatch(handlers, visits, caller, event, parts.slice(0, -1), now());
      if (result.ok && event === 'visit:enter') socket.data.hasEntered = true;
      reply(result);
      this.perform(caller.claims.vis, effects);
      if (refusal === undefined) return;
      tally.add(refusal);
      if (offences.has(refusal)) await this.#offend(socket);
    } catch (fault) {
      log.error('eventFailed', { message: event, error: fault });
      reply(refused('internal'));
    }
  }

  /** Counts what no client of ours does; who goes on is cut off. */
  async #offend(socket: ClientSocket): Promise<void> {
    const { caller, address } = socket.data;
    const waitMs = await this.#options.rates.offence(caller.connection, address);
    if (waitMs === null || !socket.connected) return;
    this.#options.log.warn('connectionCutOff', { participantId: caller.claims.sub });
    socket.disconnect(true);
  }
}

/** Refusals that a correct client doesn't meet; the others come of people's timing. */
const offences = new Set(['invalid', 'unknownEvent', 'forbidden']);

const isAcknowledgement = (part: unknown): part is (result: Result<unknown>) => void => typeof part === 'function';

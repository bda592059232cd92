import { TLSSocket } from 'node:tls';
import { endsNames } from '@sotto/protocol/ends';
import type { NodeId } from '@sotto/protocol/ids';
import type { Result } from '@sotto/protocol/result';
import { refused, resultOf } from '@sotto/protocol/result';
import {
  nodeHello,
  type SfuCommandName,
  type SfuEvent,
  type SfuEventName,
  type SfuReply,
  sfuCommands,
  sfuEvents,
} from '@sotto/protocol/sfuControl';
import { isPeer, mutualTlsServerOptions, pinPeer } from '@sotto/service/tls';
import { Server, type Socket } from 'socket.io';
import { type EndListener, hearEnds } from './ends.ts';
import { ConnectionRefused } from './errors.ts';
import { HttpsListener } from './httpsListener.ts';
import type { SignalingLog } from './log.ts';
import type { ListenerSettings } from './settings.ts';
import type { SfuCommand, SfuListener } from './sfuLink.ts';

/** The name that a node's certificate must have. */
const sfuName = 'sfu.sotto.internal';

/** The largest answer has a router's capabilities: a few KiB; `room:lost` names up to 4,096 rooms. */
const maxControlBytes = 256 * 1024;

export interface ControlServerOptions {
  readonly settings: ListenerSettings & { readonly ca: string };
  readonly listener: SfuListener;
  readonly commandTimeoutMs: number;
  /** Told of what the api says was ended. */
  readonly ends: EndListener;
  readonly log: SignalingLog;
}

/**
 * Where SFU nodes connect, by mutual TLS and with the SFU's own certificate only: they are told, and answer. And where the api,
 * with its own, says what was ended; neither is heard in the other's place.
 */
export class ControlServer {
  readonly #options: ControlServerOptions;
  readonly #https: HttpsListener;
  readonly #io: Server;
  readonly #nodes = new Map<NodeId, Socket>();

  constructor(options: ControlServerOptions) {
    this.#options = options;
    const { settings, log } = options;
    this.#https = new HttpsListener(mutualTlsServerOptions(settings.identity, settings.ca), hearEnds(options.ends));
    pinPeer(this.#https.server, [sfuName, endsNames.caller], () => log.warn('nodeRefused', { reason: 'otherName' }));
    this.#io = new Server(this.#https.server, {
      transports: ['websocket'],
      allowUpgrades: false,
      serveClient: false,
      allowRequest: (request, answer) =>
        answer(null, request.socket instanceof TLSSocket && isPeer(request.socket, sfuName)),
      maxHttpBufferSize: maxControlBytes,
      // A process that ends closes its socket; this is for machines that vanish. A busy one isn't to be taken for that.
      pingInterval: 5_000,
      pingTimeout: 10_000,
    });
    this.#io.on('connection', (socket) => this.#serve(socket));
    this.#io.use((socket, next) => {
      const isHello = nodeHello.safeParse(socket.handshake.auth).success;
      if (!isHello) log.warn('nodeRefused', { reason: 'hello' });
      next(isHello ? undefined : new ConnectionRefused('invalid'));
    });
  }

  listen(): Promise<void> {
    return this.#https.listen(this.#options.settings);
  }

  get port(): number {
    return this.#https.port;
  }

  async close(): Promise<void> {
    await this.#io.close();
  }

  readonly command: SfuCommand = async (node, name, request) => {
    const socket = this.#nodes.get(node);
    if (!socket) return refused('unavailable');
    let answer: unknown;
    try {
      answer = await socket.timeout(this.#options.commandTimeoutMs).emitWithAck(name, request);
    } catch {
      return refused('unavailable');
    }
    return this.#parse(name, answer);
  };

  #parse<N extends SfuCommandName>(name: N, answer: unknown): Result<SfuReply<N>> {
    const parsed = resultOf(sfuCommands[name].reply).safeParse(answer);
    if (!parsed.success) {
      this.#options.log.error('nodeMisspoke', { message: name });
      return refused('internal');
    }
    // The schema was looked up by the same name as the reply's type; TypeScript can't follow that pairing.
    return parsed.data as Result<SfuReply<N>>;
  }

  #serve(socket: Socket): void {
    const { listener, log } = this.#options;
    const hello = nodeHello.parse(socket.handshake.auth);
    // The node is back before its old connection was seen to be dead: its rooms went with that one.
    this.#down(hello.nodeId, this.#nodes.get(hello.nodeId));
    this.#nodes.set(hello.nodeId, socket);
    log.info('nodeUp', { nodeId: hello.nodeId, count: hello.workers });
    listener.nodeUp(hello);
    socket.on('disconnect', () => this.#down(hello.nodeId, socket));
    socket.onAny((name: unknown, ...parts: unknown[]) => {
      if (isEventName(name) && parts.length === 1) this.#hear(hello.nodeId, name, parts[0]);
      else log.error('nodeMisspoke');
    });
  }

  #down(id: NodeId, socket: Socket | undefined): void {
    if (!socket || this.#nodes.get(id) !== socket) return;
    this.#nodes.delete(id);
    socket.disconnect(true);
    this.#options.log.warn('nodeDown', { nodeId: id });
    this.#options.listener.nodeDown(id);
  }

  #hear(id: NodeId, name: SfuEventName, message: unknown): void {
    const { listener, log } = this.#options;
    const parsed = sfuEvents[name].safeParse(message);
    if (!parsed.success) {
      log.error('nodeMisspoke', { message: name });
      return;
    }
    const hear: { readonly [E in SfuEventName]: (event: SfuEvent<E>) => void } = {
      'room:lost': ({ roomIds }) => listener.roomsLost(id, roomIds),
      'producer:closed': (event) => listener.producerClosed(event),
      'consumer:closed': (event) => listener.consumerClosed(event),
      'consumer:layers': (event) => listener.consumerLayers(event),
      'node:load': (event) => listener.nodeLoad(id, event),
    };
    // The schema was looked up by the same name as the listener; TypeScript can't follow that pairing.
    (hear[name] as (event: unknown) => void)(parsed.data);
  }
}

const isEventName = (name: unknown): name is SfuEventName => typeof name === 'string' && Object.hasOwn(sfuEvents, name);

import { Agent } from 'node:https';
import { type Result, refused } from '@sotto/protocol/result';
import type { NodeHello, SfuEvent, SfuEventName } from '@sotto/protocol/sfuControl';
import { mutualTlsClientOptions, type TlsIdentity } from '@sotto/service/tls';
import { io, type Socket } from 'socket.io-client';
import { fullJitter } from './backoff.ts';
import type { SfuLog } from './log.ts';

/** The name that signaling's control certificate must have, wherever it was dialled. */
const signalingName = 'signaling.sotto.internal';

const redial = { baseMs: 250, capMs: 10_000 } as const;

export interface ControlLinkOptions {
  readonly url: string;
  readonly identity: TlsIdentity;
  readonly ca: string;
  /** Asked at each dial. */
  readonly hello: () => NodeHello;
  readonly run: (name: string, payload: unknown) => Promise<Result<unknown>>;
  readonly onUp: () => void;
  /** The rooms' owner is out of reach: it takes them for lost, and so must we. */
  readonly onDown: () => void;
  readonly random: () => number;
  readonly log: SfuLog;
}

/** The connection to signaling: dialled from here, kept up, redialled with full jitter. */
export class ControlLink {
  readonly #options: ControlLinkOptions;
  readonly #socket: Socket;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ControlLinkOptions) {
    this.#options = options;
    const { url, identity, ca, hello, log } = options;
    this.#socket = io(url, {
      autoConnect: false,
      forceNew: true,
      reconnection: false,
      transports: ['websocket'],
      timeout: 10_000,
      auth: (give) => give(hello()),
      // Node's agent is what carries the TLS options; the client's types know only a browser's flag there.
      agent: new Agent(mutualTlsClientOptions(identity, ca, signalingName)) as unknown as boolean,
    });
    this.#socket.on('connect', () => {
      this.#failures = 0;
      log.info('linkUp');
      options.onUp();
    });
    this.#socket.on('disconnect', (reason) => {
      log.warn('linkDown', { reason: reason.replaceAll(' ', '-') });
      options.onDown();
      this.#redial();
    });
    this.#socket.on('connect_error', (fault) => {
      log.warn('linkRefused', { error: fault });
      this.#redial();
    });
    this.#socket.onAny((name: unknown, ...parts: unknown[]) => void this.#answer(name, parts));
  }

  dial(): void {
    this.#socket.connect();
  }

  /** Dropped while the link is down: with it everything that the event could be about is gone. */
  emit<N extends SfuEventName>(name: N, event: SfuEvent<N>): void {
    if (this.#socket.connected) this.#socket.emit(name, event);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket.disconnect();
  }

  #redial(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    const waitMs = fullJitter(this.#failures, redial.baseMs, redial.capMs, this.#options.random);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.dial(), waitMs);
  }

  async #answer(name: unknown, parts: readonly unknown[]): Promise<void> {
    const reply = parts.at(-1);
    if (!isAcknowledgement(reply)) return;
    const isOne = typeof name === 'string' && parts.length === 2;
    reply(isOne ? await this.#options.run(name, parts[0]) : refused('invalid'));
  }
}

const isAcknowledgement = (part: unknown): part is (result: Result<unknown>) => void => typeof part === 'function';

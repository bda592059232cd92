import { type Closing, challengeLabels, maxOpenSeconds, type ReleaseRequest } from '@sotto/protocol/keystore';
import type { SignedClosing } from '@sotto/protocol/keystoreRoutes';
import { toBase64url } from '../keystore/bytes.ts';
import { challengeOf } from '../keystore/challenge.ts';

/** How often the last word is made anew, for a page that is left at once: so much may be missing of the time then. */
const readyMs = 5_000;
/** How often the keystore hears that it is open still: of a browser that dies it is told until then. */
const tellMs = 30_000;
const tries = 3;

const leaveEvent = 'sotto:session-leave';
/** So long the end of a session waits for what is told before it: a sign-out must not hang on a net that is gone. */
const patienceMs = 3_000;

/** Tells everything that is open in this page that the session ends. */
class SessionLeave extends Event {
  readonly #told: Promise<void>[] = [];

  constructor() {
    super(leaveEvent);
  }

  wait(told: Promise<void>): void {
    this.#told.push(told);
  }

  get told(): Promise<unknown> {
    return Promise.all(this.#told);
  }
}

/**
 * Closes what is open in this page, and waits until the keystore has heard of it, 3 s at most. Before a session is ended:
 * after that nobody may say it any more.
 */
export async function closeAllOpen(): Promise<void> {
  const leave = new SessionLeave();
  window.dispatchEvent(leave);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patienceMs);
  });
  await Promise.race([leave.told, patience]);
  clearTimeout(timer);
}

export interface WatchPorts {
  /** Milliseconds of a clock that nobody sets. */
  readonly now: () => number;
  /** Hands it in, also while the page goes. Rejects if it wasn't taken. */
  readonly tell: (said: SignedClosing) => Promise<void>;
}

/** Says for how long something that was released was open, by a key of its own. It can't prove it. */
export class OpenWatch {
  readonly #keys: CryptoKeyPair;
  readonly #ports: WatchPorts;
  /** The request's `closingKey`. */
  readonly publicKey: string;
  #request: ReleaseRequest | null = null;
  #since = 0;
  #toldAt = 0;
  #isOver = false;
  /** What is said when the page goes: nothing can be signed any more then. */
  #last: SignedClosing | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;
  /** Settles when its end was told, or couldn't be. */
  #ending: Promise<void> = Promise.resolve();
  readonly #leave = () => this.#left();
  readonly #close = (event: Event) => {
    this.end();
    if (event instanceof SessionLeave) event.wait(this.#ending);
    this.#onLeft();
  };
  #onLeft: () => void = () => undefined;

  private constructor(keys: CryptoKeyPair, publicKey: string, ports: WatchPorts) {
    this.#keys = keys;
    this.publicKey = publicKey;
    this.#ports = ports;
  }

  static async make(ports: WatchPorts): Promise<OpenWatch> {
    const keys = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
    const raw = await crypto.subtle.exportKey('raw', keys.publicKey);
    return new OpenWatch(keys, toBase64url(new Uint8Array(raw)), ports);
  }

  /** @param close called when the page or the session goes: what is open is to be closed, so that nothing is open after that */
  whenLeft(close: () => void): void {
    this.#onLeft = close;
  }

  /** The keys have come. */
  released(request: ReleaseRequest): void {
    this.#request = request;
    this.#since = this.#ports.now();
  }

  /** It is shown from now on; what is released and never shown needs no word but its end. */
  begin(): void {
    if (this.#isOver || this.#timer !== null || this.#request === null) return;
    this.#toldAt = Number.NEGATIVE_INFINITY;
    window.addEventListener('pagehide', this.#leave);
    window.addEventListener(leaveEvent, this.#close);
    this.#timer = setInterval(() => void this.#tick(), readyMs);
    void this.#tick();
  }

  /** It is closed. The keystore hears of it, after some tries if need be. */
  end(): void {
    if (this.#isOver || this.#request === null) return;
    this.#stop();
    this.#ending = this.#sayEnd();
  }

  async #sayEnd(): Promise<void> {
    const said = await this.#sign(true);
    for (let attempt = 1; said !== null && attempt <= tries; attempt += 1) {
      try {
        await this.#ports.tell(said);
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 1_000 * attempt));
      }
    }
  }

  async #tick(): Promise<void> {
    const last = await this.#sign(true);
    if (this.#isOver) return;
    this.#last = last;
    const now = this.#ports.now();
    if (now - this.#toldAt < tellMs) return;
    this.#toldAt = now;
    const said = await this.#sign(false);
    // The next one says the same and more.
    if (said !== null) await this.#ports.tell(said).catch(() => undefined);
  }

  #left(): void {
    if (this.#isOver) return;
    this.#stop();
    if (this.#last !== null) this.#ports.tell(this.#last).catch(() => undefined);
    this.#onLeft();
  }

  #stop(): void {
    this.#isOver = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    window.removeEventListener('pagehide', this.#leave);
    window.removeEventListener(leaveEvent, this.#close);
  }

  async #sign(isOver: boolean): Promise<SignedClosing | null> {
    const request = this.#request;
    if (request === null) return null;
    const seconds = Math.min(maxOpenSeconds, Math.floor((this.#ports.now() - this.#since) / 1000));
    const closing: Closing = {
      type: 'sotto/closing/v1',
      ...{ clinic: request.clinic, request: request.id, seconds: Math.max(0, seconds), isOver },
    };
    const challenge = await challengeOf(challengeLabels.closing, closing);
    const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', this.#keys.privateKey, challenge));
    return { request, closing, signature: toBase64url(signature) };
  }
}

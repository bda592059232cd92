import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';

const withinMs = 20_000;
/** `[1, id, error, value]`; what greets is an object. */
const reply = z.tuple([z.literal(1), z.int(), z.unknown(), z.unknown()]);

/**
 * Firefox's own remote protocol, beside WebDriver BiDi, which knows no authenticators yet: one command, which needs no session.
 * A message is its length in octets, a colon, and JSON. The connection lasts as long as the browser.
 */
export class Marionette {
  readonly #socket: Socket;
  readonly #answers = new Map<number, (answer: { error: unknown; value: unknown }) => void>();
  #next = 1;
  #octets = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (octets) => {
      this.#take(octets);
    });
    // Whoever waits is told by the time that runs out; the browser may be gone before.
    socket.on('error', () => undefined);
  }

  /** @param port on loopback, where a browser that was just started listens soon */
  static async connect(port: number): Promise<Marionette> {
    const before = Date.now();
    for (;;) {
      const socket = connect(port, '127.0.0.1');
      try {
        await once(socket, 'connect');
        return new Marionette(socket);
      } catch (error) {
        if (Date.now() - before > withinMs) throw error;
        await delay(200);
      }
    }
  }

  /** Gives the browser, in all of its windows, an authenticator with a fingerprint reader that says yes at once. */
  async addAuthenticator(): Promise<void> {
    await this.#ask('WebAuthn:AddVirtualAuthenticator', {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
      ...{ isUserConsenting: true, isUserVerified: true },
    });
  }

  async #ask(command: string, parameters: object): Promise<void> {
    const id = this.#next++;
    const answered = new Promise<{ error: unknown }>((resolve) => this.#answers.set(id, resolve));
    const text = JSON.stringify([0, id, command, parameters]);
    this.#socket.write(`${String(Buffer.byteLength(text))}:${text}`);
    const answer = await Promise.race([answered, delay(withinMs, { error: 'no answer' }, { ref: false })]);
    if (answer.error !== null) throw new Error(`${command}: ${JSON.stringify(answer.error)}`);
  }

  #take(octets: Buffer): void {
    this.#octets = Buffer.concat([this.#octets, octets]);
    for (;;) {
      const colon = this.#octets.indexOf(':');
      const end = colon + 1 + Number(this.#octets.subarray(0, Math.max(colon, 0)));
      if (colon < 1 || this.#octets.length < end) return;
      const parsed = reply.safeParse(JSON.parse(this.#octets.subarray(colon + 1, end).toString()));
      this.#octets = this.#octets.subarray(end);
      if (!parsed.success) continue;
      const [, id, error, value] = parsed.data;
      this.#answers.get(id)?.({ error, value });
      this.#answers.delete(id);
    }
  }
}

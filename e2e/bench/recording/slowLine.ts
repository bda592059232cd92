import { connect, createServer, type Server, type Socket } from 'node:net';

export interface LineFacts {
  /** Octets a second towards the client, all connections together; null for as many as there are. */
  readonly rate: number | null;
  /** Milliseconds there and back. */
  readonly roundTripMs: number;
}

/** What is on its way at most: then the server is held up. */
const mostOnItsWay = 96 * 1024;
const pieceLength = 4 * 1024;

/** Does one thing after the other, each at its time. */
class Conveyor {
  readonly #steps: { readonly at: number; readonly act: () => void }[] = [];
  #isTimed = false;

  put(at: number, act: () => void): void {
    this.#steps.push({ at, act });
    this.#run();
  }

  #run(): void {
    if (this.#isTimed) return;
    for (let [next] = this.#steps; next !== undefined; [next] = this.#steps) {
      const ms = next.at - performance.now();
      if (ms > 0.5) {
        this.#isTimed = true;
        setTimeout(() => {
          this.#isTimed = false;
          this.#run();
        }, ms);
        return;
      }
      this.#steps.shift();
      next.act();
    }
  }
}

/** A line to a server on this machine, as narrow and as long as is said, that counts what comes through. */
export class SlowLine implements AsyncDisposable {
  /** Octets that came to the client so far. */
  octets = 0;
  facts: LineFacts = { rate: null, roundTripMs: 0 };
  readonly #server: Server;
  readonly #there = new Conveyor();
  readonly #back = new Conveyor();
  readonly #open = new Set<Socket>();
  readonly #held = new Set<Socket>();
  #onItsWay = 0;
  /** When all that was put on the line is over its narrow end. */
  #freeAt = 0;

  private constructor(port: number) {
    this.#server = createServer((client) => this.#carry(client, connect(port, '127.0.0.1')));
  }

  static async start(port: number): Promise<SlowLine> {
    const line = new SlowLine(port);
    await new Promise<void>((resolve) => line.#server.listen(0, '127.0.0.1', resolve));
    return line;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return address.port;
  }

  #carry(client: Socket, server: Socket): void {
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      this.#open.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.#open.delete(socket);
        this.#held.delete(socket);
      });
    }
    client.on('close', () => server.destroy());
    server.on('close', () => this.#back.put(this.#freeAt + this.facts.roundTripMs / 2, () => client.destroy()));
    client.on('data', (octets) => {
      this.#there.put(performance.now() + this.facts.roundTripMs / 2, () => server.write(octets));
    });
    server.on('data', (octets: Buffer) => {
      for (let from = 0; from < octets.length; from += pieceLength) {
        this.#toClient(client, octets.subarray(from, from + pieceLength));
      }
      if (this.#onItsWay <= mostOnItsWay) return;
      server.pause();
      this.#held.add(server);
    });
  }

  #toClient(client: Socket, octets: Buffer): void {
    const { rate, roundTripMs } = this.facts;
    this.#freeAt = Math.max(this.#freeAt, performance.now()) + (rate === null ? 0 : (octets.length / rate) * 1000);
    this.#onItsWay += octets.length;
    this.#back.put(this.#freeAt + roundTripMs / 2, () => {
      this.#onItsWay -= octets.length;
      if (this.#onItsWay <= mostOnItsWay / 2) this.#release();
      if (client.destroyed) return;
      this.octets += octets.length;
      client.write(octets);
    });
  }

  #release(): void {
    for (const server of this.#held) server.resume();
    this.#held.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

import { setTimeout } from 'node:timers/promises';
import type { BrowserContext, Page, Response } from '@playwright/test';
import type { Find, SecretScan } from './secretScan.ts';

const readWithinMs = 5_000;

/** The beginning of an address's path, in which no id stands. */
const routeOf = (address: string): string => new URL(address).pathname.split('/').slice(0, 3).join('/');

/** What a system's browsers ask for, are refused with, send over sockets and write to their consoles, looked through at once. */
export class Traffic {
  readonly #scan: SecretScan;
  readonly #found: Find[] = [];
  readonly #reading = new Set<Promise<void>>();
  #addresses = 0;

  constructor(scan: SecretScan) {
    this.#scan = scan;
  }

  /** How many addresses were asked for so far. */
  get addresses(): number {
    return this.#addresses;
  }

  watch(context: BrowserContext): void {
    context.on('request', (request) => this.asked(request.method(), request.url()));
    context.on('response', (response) => this.#read(response));
    context.on('console', (message) => this.#look('a browser’s console', message.text()));
    context.on('weberror', (fault) => this.#look('an error of a page', String(fault.error().stack)));
    for (const page of context.pages()) this.#listen(page);
    context.on('page', (page) => this.#listen(page));
  }

  /** Notes one request. */
  asked(method: string, address: string): void {
    this.#addresses += 1;
    if (/^https?:/u.test(address)) this.#look(`the address of ${method} ${routeOf(address)}`, decoded(address));
  }

  /** What was found so far, once all answers are read. */
  async found(): Promise<readonly Find[]> {
    await Promise.all(this.#reading);
    return this.#found;
  }

  #listen(page: Page): void {
    page.on('websocket', (socket) => {
      this.asked('socket', socket.url().replace(/^ws/u, 'http'));
      socket.on('framesent', ({ payload }) => this.#look('what a page sends over its socket', payload));
      socket.on('framereceived', ({ payload }) => this.#look('what a page gets over its socket', payload));
    });
  }

  #read(response: Response): void {
    if (response.status() < 400) return;
    const place = `a refusal of ${response.request().method()} ${routeOf(response.url())}`;
    this.#look(place, JSON.stringify(response.headers()));
    const reading = Promise.race([
      response.body().then(
        (body) => this.#look(place, body),
        // Its page is gone, and the answer with it.
        () => undefined,
      ),
      // A page may leave an answer unread; then nobody sees its end.
      setTimeout(readWithinMs, undefined, { ref: false }),
    ]);
    this.#reading.add(reading);
    void reading.finally(() => this.#reading.delete(reading));
  }

  #look(place: string, said: string | Buffer): void {
    this.#found.push(...this.#scan.octetsOf(place, Buffer.from(said)));
  }
}

/** With what is escaped besides. */
function decoded(address: string): string {
  try {
    return `${address} ${decodeURIComponent(address)}`;
  } catch {
    return address;
  }
}

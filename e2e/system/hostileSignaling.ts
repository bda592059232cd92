import type { Page, WebSocketRoute } from '@playwright/test';

/** An event of signaling's on its way to a page, as Socket.IO packs it. */
export interface Delivery {
  readonly event: string;
  /** The event's one object; bytes in it are placeholders for `parts`. */
  readonly message: Readonly<Record<string, unknown>>;
  readonly parts: readonly Buffer[];
}

/** What is delivered in the place of an event. */
export type Meddling = (delivery: Delivery) => readonly Delivery[];

const honest: Meddling = (delivery) => [delivery];
/** Engine.IO's "message" (4) with Socket.IO's event (2), or binary event (5) and how many parts follow. */
const eventPacket = /^4(?:2|5(\d+)-)(\[.*\])$/su;

function parse(text: string, parts: readonly Buffer[]): Delivery | null {
  const body = eventPacket.exec(text)?.[2];
  if (body === undefined) return null;
  const [event, message] = JSON.parse(body) as [string, Record<string, unknown>];
  return { event, message, parts };
}

const pack = ({ event, message, parts }: Delivery): string =>
  `4${parts.length === 0 ? '2' : `5${parts.length}-`}${JSON.stringify([event, message])}`;

/** A client's event: with an acknowledgement's number, and how many binary parts follow. */
const requestPacket = /^4(?:2|5(\d+)-)(\d+)\["([^"]+)"/u;

/** Stands between a page and signaling, and has the page believe that it is signaling. */
export class HostileSignaling {
  /** Events that were meant for the page, in order. */
  readonly seen: Delivery[] = [];
  /** Names of what the page has asked for, in order. */
  readonly asked: string[] = [];
  #meddling: Meddling = honest;
  readonly #swallowed = new Set<string>();
  #page: WebSocketRoute | null = null;

  /** Has to stand there before the page connects. */
  static async before(page: Page, signaling: URL): Promise<HostileSignaling> {
    const hostile = new HostileSignaling();
    await page.routeWebSocket(
      ({ host }) => host === signaling.host,
      (socket) => hostile.#relay(socket),
    );
    return hostile;
  }

  meddle(meddling: Meddling): void {
    this.#meddling = meddling;
  }

  /** Tells the page from now on that its requests of these names were granted; signaling hears of none. */
  swallow(...requests: readonly string[]): void {
    this.#swallowed.clear();
    for (const name of requests) this.#swallowed.add(name);
  }

  /** Delivers an event that signaling never sent. */
  deliver(delivery: Delivery): void {
    this.#page?.send(pack(delivery));
    for (const part of delivery.parts) this.#page?.send(part);
  }

  #relay(page: WebSocketRoute): void {
    this.#page = page;
    const server = page.connectToServer();
    let swallowing = 0;
    page.onMessage((data) => {
      const request = typeof data === 'string' ? requestPacket.exec(data) : null;
      if (request !== null) this.asked.push(request[3] ?? '');
      if (request !== null && this.#swallowed.has(request[3] ?? '')) {
        swallowing = Number(request[1] ?? 0);
        page.send(`43${request[2]}${JSON.stringify([{ ok: true, value: {} }])}`);
      } else if (typeof data !== 'string' && swallowing > 0) {
        swallowing -= 1;
      } else {
        server.send(data);
      }
    });
    let text: string | null = null;
    let missing = 0;
    let parts: Buffer[] = [];
    server.onMessage((data) => {
      if (typeof data === 'string') {
        text = data;
        parts = [];
        // An event's or an answer's: both may have binary parts.
        missing = Number(/^4[56](\d+)-/u.exec(data)?.[1] ?? 0);
      } else {
        parts.push(data);
        missing -= 1;
      }
      if (missing > 0 || text === null) return;
      const delivery = parse(text, parts);
      if (delivery === null) {
        page.send(text);
        for (const part of parts) page.send(part);
      } else {
        this.seen.push(delivery);
        for (const made of this.#meddling(delivery)) this.deliver(made);
      }
      text = null;
    });
  }
}

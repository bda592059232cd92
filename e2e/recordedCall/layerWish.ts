import type { Page } from '@playwright/test';
import { expect } from '@playwright/test';
import * as z from 'zod';
import type { RunningSystem } from '../system/runningSystem.ts';

const consumed = z.tuple([
  z.object({ ok: z.literal(true), value: z.object({ consumerId: z.string(), kind: z.string() }) }),
]);

/** Far from the numbers that the page itself counts up from zero. */
const firstOwnAck = 900_000;

/**
 * One page's connection to signaling, over which more is asked than the page asks: which simulcast layer it wants to
 * receive. The page does so by itself where many people share its screen.
 */
export class LayerWish {
  /** Of the picture that the page receives now. */
  #consumer: string | null = null;
  #send: ((message: string) => void) | null = null;
  readonly #answered = new Set<number>();
  #ack = firstOwnAck;

  /** To be called before the page connects. */
  static async of(page: Page, system: RunningSystem): Promise<LayerWish> {
    const wish = new LayerWish();
    await page.routeWebSocket(
      (url) => url.host === system.signaling.host,
      (socket) => {
        const server = socket.connectToServer();
        wish.#send = (message) => server.send(message);
        socket.onMessage((message) => server.send(message));
        server.onMessage((message) => {
          if (!wish.#read(String(message))) socket.send(message);
        });
      },
    );
    return wish;
  }

  /** Asks for a layer, 0 for the smallest, and waits until the SFU has agreed. */
  async ask(spatialLayer: 0 | 1 | 2): Promise<void> {
    const ack = this.#ack;
    this.#ack += 1;
    const request = { consumerId: this.#consumer, spatialLayer, temporalLayer: 2 };
    if (this.#send === null || this.#consumer === null) throw new Error('no picture is received yet');
    this.#send(`42${String(ack)}${JSON.stringify(['sfu:setPreferredLayers', request])}`);
    await expect.poll(() => this.#answered.has(ack)).toBe(true);
  }

  /** @returns whether it answers a question of ours, which the page mustn't see */
  #read(message: string): boolean {
    const [, ack, body = ''] = /^43(\d+)(\[.*)$/su.exec(message) ?? [];
    if (ack === undefined) return false;
    const answer: unknown = JSON.parse(body);
    if (Number(ack) >= firstOwnAck) {
      if (z.tuple([z.object({ ok: z.literal(true) })]).safeParse(answer).success) this.#answered.add(Number(ack));
      return true;
    }
    const found = consumed.safeParse(answer);
    if (found.success && found.data[0].value.kind === 'video') this.#consumer = found.data[0].value.consumerId;
    return false;
  }
}

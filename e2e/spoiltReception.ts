import type { Page } from '@playwright/test';

/** What becomes of the frames that a page receives, before its encryption sees them. */
type Fate = 'pass' | 'spoil' | 'drop';

interface Relay {
  fate: Fate;
}

type SpoiltGlobal = typeof globalThis & { relays: Relay[]; fateOfNew: Fate; RTCRtpScriptTransform?: unknown };

/** Stands between the network and a page's receivers, as a hostile SFU does; the client runs as it is. */
export class SpoiltReception {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  /** To be called before the page is opened. */
  static async of(page: Page): Promise<SpoiltReception> {
    await page.addInitScript(() => {
      const own = globalThis as SpoiltGlobal;
      own.relays = [];
      own.fateOfNew = 'pass';
      // The other mechanism's frames go from the browser to the worker without passing the page.
      delete own.RTCRtpScriptTransform;
      interface Streams {
        readable: ReadableStream<{ data: ArrayBuffer }>;
        writable: WritableStream;
      }
      const prototype = RTCRtpReceiver.prototype as unknown as { createEncodedStreams: () => Streams };
      const create = Reflect.get(prototype, 'createEncodedStreams');
      prototype.createEncodedStreams = function (this: RTCRtpReceiver): Streams {
        const { readable, writable } = create.call(this as never);
        const relay: Relay = { fate: own.fateOfNew };
        own.relays.push(relay);
        const spoiler = new TransformStream<{ data: ArrayBuffer }, { data: ArrayBuffer }>({
          transform(frame, controller) {
            if (relay.fate === 'drop') return;
            if (relay.fate === 'spoil' && frame.data.byteLength > 0) {
              const octets = new Uint8Array(frame.data.slice(0));
              octets[octets.length - 1] = (octets.at(-1) ?? 0) ^ 1;
              frame.data = octets.buffer;
            }
            controller.enqueue(frame);
          },
        });
        return { readable: readable.pipeThrough(spoiler), writable };
      };
    });
    return new SpoiltReception(page);
  }

  /** From now on, of what is received already. What is received anew is another way through the network. */
  async existing(fate: Fate): Promise<void> {
    const count = await this.#page.evaluate((next) => {
      const { relays } = globalThis as SpoiltGlobal;
      for (const relay of relays) relay.fate = next;
      return relays.length;
    }, fate);
    if (count === 0) throw new Error('nothing is received');
  }

  /** Of what is received anew. */
  async coming(fate: Fate): Promise<void> {
    await this.#page.addInitScript((next) => {
      (globalThis as SpoiltGlobal).fateOfNew = next;
    }, fate);
    await this.#page.evaluate((next) => {
      (globalThis as SpoiltGlobal).fateOfNew = next;
    }, fate);
  }
}

import { Agent, type RequestOptions, request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** The body as JSON; the caller says what it should be by parsing it. */
  readonly json: unknown;
}

export interface Request {
  readonly body?: unknown;
  /** Replaces the JSON of `body`. */
  readonly raw?: string;
  /** Instead of JSON: octets, of no type that is said. */
  readonly octets?: Uint8Array;
  /** Done when half of the octets are on their way; the others wait for it. */
  readonly halfway?: () => Promise<void>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends requests as a page of ours would: with its origin, and with the cookies that it was given. */
export class HttpClient {
  readonly #agent: Agent;
  readonly #target: RequestOptions;
  readonly #origin: string;
  readonly cookies = new Map<string, string>();

  constructor(port: number, ca: string, origin: string) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: 20 });
    this.#target = { host: '127.0.0.1', servername: 'localhost', port, ca, agent: this.#agent };
    this.#origin = origin;
  }

  async send(
    method: string,
    path: string,
    { body, raw, octets, halfway, headers = {} }: Request = {},
  ): Promise<Answer> {
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const all: Record<string, string> = {
      origin: this.#origin,
      cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(octets === undefined ? {} : { 'content-length': String(octets.byteLength) }),
      ...(payload === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) }),
      ...headers,
    };
    const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
    const answer = await new Promise<Omit<Answer, 'json'>>((resolve, reject) => {
      const asked = request({ ...this.#target, method, path, headers: sent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      });
      asked.on('error', reject);
      if (octets === undefined || halfway === undefined) {
        asked.end(octets ?? payload);
        return;
      }
      const half = octets.byteLength >> 1;
      asked.write(octets.subarray(0, half), () => {
        void delay(100)
          .then(halfway)
          .then(() => asked.end(octets.subarray(half)), reject);
      });
    });
    for (const cookie of [answer.headers['set-cookie'] ?? []].flat()) this.#keep(cookie);
    const isJson =
      answer.body.length > 0 && String(answer.headers['content-type'] ?? '').startsWith('application/json');
    return { ...answer, json: isJson ? (JSON.parse(answer.body.toString()) as unknown) : undefined };
  }

  close(): void {
    this.#agent.destroy();
  }

  #keep(cookie: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    if (/max-age=0\b/i.test(cookie)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

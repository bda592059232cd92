import { type ByteSource, partedSource } from '@sotto/storage/parts';
import * as z from 'zod';
import { PlaybackFault } from './errors.ts';

/**
 * The worker that has keys can reach no server: it asks the page for sealed octets, over a port. What comes back is
 * believed in nothing.
 */
const partRead = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('read'),
    id: z.int(),
    object: z.string(),
    leaf: z.string(),
    offset: z.int().min(0),
    length: z.int().min(1),
  }),
  z.strictObject({ type: z.literal('abort'), id: z.int() }),
]);
type PartRead = z.infer<typeof partRead>;

const partAnswer = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('octets'),
    id: z.int(),
    octets: z.instanceof<typeof Uint8Array<ArrayBuffer>>(Uint8Array),
  }),
  z.strictObject({ type: z.literal('failed'), id: z.int(), code: z.enum(['unreachable', 'missing']) }),
]);
type PartAnswer = z.infer<typeof partAnswer>;

/** A part of an object, and how long storage says it is. */
export interface StoredPart {
  readonly leaf: string;
  readonly length: number;
}

/** Of the octets that a player has in memory for each run. */
const cacheBytes = 4 * 1024 * 1024;

/** The worker's end. */
export class RemoteParts {
  readonly #port: MessagePort;
  readonly #waiting = new Map<
    number,
    { resolve: (octets: Uint8Array) => void; reject: (fault: PlaybackFault) => void }
  >();
  #next = 0;

  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<unknown>) => {
      const parsed = partAnswer.safeParse(data);
      if (!parsed.success) return;
      const answer = parsed.data;
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if (answer.type === 'octets') waiting?.resolve(answer.octets);
      else waiting?.reject(new PlaybackFault(answer.code));
    };
  }

  /**
   * Parts that follow each other, as one source.
   *
   * @throws PlaybackFault `missing` if there are none
   */
  source(object: string, parts: readonly StoredPart[]): ByteSource {
    if (parts.length === 0) throw new PlaybackFault('missing');
    return partedSource({
      lengths: parts.map(({ length }) => length),
      read: (part, offset, length, signal) => this.#read(object, parts[part]?.leaf ?? '', offset, length, signal),
      cacheBytes,
    });
  }

  #read(object: string, leaf: string, offset: number, length: number, signal: AbortSignal): Promise<Uint8Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const id = this.#next;
    this.#next += 1;
    this.#waiting.set(id, { resolve, reject });
    const say = (message: PartRead) => this.#port.postMessage(message);
    signal.addEventListener('abort', () => {
      if (!this.#waiting.delete(id)) return;
      say({ type: 'abort', id });
      reject(new PlaybackFault('unreachable'));
    });
    say({ type: 'read', id, object, leaf, offset, length });
    return promise;
  }
}

/** Fetches exactly these octets. @throws PlaybackFault; anything else counts as unreachable */
export type FetchPart = (
  object: string,
  leaf: string,
  offset: number,
  length: number,
  signal: AbortSignal,
) => Promise<Uint8Array<ArrayBuffer>>;

/** The page's end: does what the worker asks for, until the port is closed. */
export function answerPartReads(port: MessagePort, fetchPart: FetchPart): void {
  const running = new Map<number, AbortController>();
  const answer = (message: PartAnswer, transfer: Transferable[] = []) => port.postMessage(message, transfer);
  port.onmessage = ({ data }: MessageEvent<unknown>) => {
    const parsed = partRead.safeParse(data);
    if (!parsed.success) return;
    const asked = parsed.data;
    if (asked.type === 'abort') {
      running.get(asked.id)?.abort();
      running.delete(asked.id);
      return;
    }
    const { id, object, leaf, offset, length } = asked;
    const abort = new AbortController();
    running.set(id, abort);
    fetchPart(object, leaf, offset, length, abort.signal)
      .then(
        (octets) => answer({ type: 'octets', id, octets }, [octets.buffer]),
        (error: unknown) => {
          const code = error instanceof PlaybackFault && error.code === 'missing' ? 'missing' : 'unreachable';
          if (!abort.signal.aborted) answer({ type: 'failed', id, code });
        },
      )
      .finally(() => running.delete(id));
  };
}

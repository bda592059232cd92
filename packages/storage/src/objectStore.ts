import { ArgumentError } from './errors.ts';
import { maxReadLength } from './partedSource.ts';
import type { FolderId, PartName } from './partName.ts';

/** Bytes that a part may have. The parts of a recording have at most 1 MiB. */
export const maxPartLength = 64 * 1024 * 1024;
/** How long a ticket may be good for. */
export const maxTicketMs = 60 * 60 * 1000;

/** What is there of a part. */
export interface PartInfo {
  readonly name: PartName;
  /** Bytes. */
  readonly length: number;
  /** Until when the store refuses to delete it, or `null`. */
  readonly retainUntil: Date | null;
  /** Whether it is held: it can't be deleted, whatever the date, until the hold is taken away. */
  readonly held: boolean;
}

/** A part as a list names it. */
export type ListedPart = Pick<PartInfo, 'name' | 'length'>;

export interface CreateOptions {
  /** Until when the store refuses to delete it; then it is retained from its first moment on. */
  readonly retainUntil?: Date;
  /** When it aborts, the part isn't made, if it isn't there already. */
  readonly signal?: AbortSignal;
}

/** `exists`: somebody was first. What is there hasn't been touched, whatever it is. */
export type Creation = { readonly tag: 'created' } | { readonly tag: 'exists' };

/** `outside`: the range doesn't lie within the part, which has `length` bytes. No byte is returned of it. */
export type Reading =
  | { readonly tag: 'read'; readonly bytes: Uint8Array }
  | { readonly tag: 'absent' }
  | { readonly tag: 'outside'; readonly length: number };

/** `retained` and `held`: it is still there, and the store won't delete it. */
export type Deletion =
  | { readonly tag: 'deleted' }
  | { readonly tag: 'absent' }
  | { readonly tag: 'retained'; readonly until: Date }
  | { readonly tag: 'held' };

/** `until` is the date that counts now: a later one than was asked for, if it was retained for longer already. */
export type Retaining = { readonly tag: 'retained'; readonly until: Date } | { readonly tag: 'absent' };

export type Holding = { readonly tag: 'held' } | { readonly tag: 'released' } | { readonly tag: 'absent' };

export interface TicketOptions {
  /** Exactly how many bytes the part will have. */
  readonly length: number;
  /** At most an hour ahead. */
  readonly expires: Date;
}

/**
 * The right to create one part by one PUT, and nothing else: of this name, of this length, until then, and only if
 * there is none. Who has it needs no other. Every header has to be sent as it stands.
 *
 * `url`: the store itself takes it. `path`: the api does, below a route of its own, and asks `redeem`.
 */
export type UploadTicket = { readonly headers: Readonly<Record<string, string>>; readonly expires: Date } & (
  | { readonly tag: 'url'; readonly url: string }
  | { readonly tag: 'path'; readonly path: string }
);

/**
 * Where sealed bytes are kept: parts that are created once, never changed, and read by range (SPEC.md section 3).
 *
 * Every method throws `ArgumentError` for a name, range, length or date that can't be one, before it asks the store;
 * `UnavailableError`, `DeniedError`, `ConfigurationError` when the store doesn't do what it is asked. A caller's signal
 * that aborts rejects with its own reason.
 */
export interface ObjectStore {
  /**
   * Creates a part. It is there as a whole, safe on disk, or it isn't there: a put that fails leaves nothing to be seen.
   *
   * @param content 1 byte … 64 MiB. What its iterator throws is thrown on
   * @throws FullError
   */
  create(name: PartName, content: Uint8Array | AsyncIterable<Uint8Array>, options?: CreateOptions): Promise<Creation>;

  /** What is known of a part, or `null` if there is none. */
  inspect(name: PartName): Promise<PartInfo | null>;

  /**
   * The `length` bytes from `offset` on: all of them, or none.
   *
   * @param length 1 byte … 16 MiB
   * @throws TruncatedError when fewer come than the store says there are
   */
  read(name: PartName, offset: number, length: number, signal?: AbortSignal): Promise<Reading>;

  /** The parts of a folder, or of one run in it, in the order of their names: `0000-000000` …, `head`, `manifest`. */
  list(folder: FolderId, run?: number): AsyncIterable<ListedPart>;

  /** Every folder that has a part. */
  folders(): AsyncIterable<FolderId>;

  /** Deletes a part for good, unless the store has promised to keep it. */
  delete(name: PartName): Promise<Deletion>;

  /** Promises to keep a part until then. A promise can be made longer, never shorter. */
  retain(name: PartName, until: Date): Promise<Retaining>;

  /** Holds a part, or takes the hold away. */
  hold(name: PartName, held: boolean): Promise<Holding>;

  /**
   * A ticket for a client that uploads by itself. It doesn't say whether there is such a part already.
   *
   * @throws ConfigurationError, reason `unsignedHeaders`, where a ticket would give more rights than it says (SPEC.md
   *   section 6): then the caller has to take the bytes itself
   */
  presignPart(name: PartName, options: TicketOptions): Promise<UploadTicket>;

  /**
   * Clears away what uploads have left that were begun before then and never ended.
   *
   * @returns how many there were
   */
  clearUnfinished(before: Date): Promise<number>;
}

/** @throws ArgumentError */
export function checkRange(offset: number, length: number): void {
  if (!Number.isSafeInteger(offset) || offset < 0) throw new ArgumentError('offset');
  if (!Number.isSafeInteger(length) || length < 1 || length > maxReadLength) throw new ArgumentError('length');
}

/** @throws ArgumentError */
export function checkLength(length: number): void {
  if (!Number.isSafeInteger(length) || length < 1 || length > maxPartLength) throw new ArgumentError('length');
}

/** @throws ArgumentError */
export function checkDate(date: Date): void {
  if (!(date instanceof Date) || Number.isNaN(date.getTime())) throw new ArgumentError('date');
}

/** @throws ArgumentError when the ticket would be good for more than an hour, or for no time at all */
export function checkTicket({ length, expires }: TicketOptions, now: Date): void {
  checkLength(length);
  checkDate(expires);
  const life = expires.getTime() - now.getTime();
  if (life <= 0 || life > maxTicketMs) throw new ArgumentError('expires');
}

/**
 * The content piece by piece, as long as it may be. When the signal aborts it ends, though the content may be stuck; that
 * is told to end too, and isn't waited for.
 *
 * @throws ArgumentError when it is empty or too long
 */
export async function* boundedContent(
  content: Uint8Array | AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted();
  const iterator = content instanceof Uint8Array ? once(content) : content[Symbol.asyncIterator]();
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => undefined);
  const leave = () => aborted.reject(signal?.reason);
  signal?.addEventListener('abort', leave, { once: true });
  let length = 0;
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted.promise]);
      signal?.throwIfAborted();
      if (next.done === true) break;
      length += next.value.byteLength;
      checkLength(length === 0 ? 1 : length);
      yield next.value;
    }
    checkLength(length);
  } finally {
    signal?.removeEventListener('abort', leave);
    void (async () => iterator.return?.())().catch(() => undefined);
  }
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield content;
}

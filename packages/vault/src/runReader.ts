import { type BodyOpener, createBodyOpener } from './body.ts';
import { type Bytes, concat, concatBuffers, equal, unshared } from './bytes.ts';
import { commitmentTo, dataKeyLength, importDataKey } from './dataKey.ts';
import { ArgumentError, AuthenticityError, type Place, PortError, VaultError } from './errors.ts';
import { headerLength, placeOf, type RunHeader } from './header.ts';
import {
  blockSegments,
  bodyHeaderLength,
  bodyLengthFor,
  ciphertextEnd,
  ciphertextStart,
  plaintextStart,
  segmentAt,
  segmentsFor,
} from './layout.ts';
import { maxReadLength } from './limits.ts';
import type { Ending } from './record.ts';
import { tagOf } from './run.ts';
import { type ByteSource, readExactly } from './source.ts';

/**
 * Answers with the 32-byte data key of a run: unwrapped here (`unwrapDataKey`) or released by whoever may. The reader
 * wipes the answer, and takes anything else for a failure (PortError). `openObject` asks only for headers that the manifest speaks of.
 */
export type KeyPort = (header: RunHeader) => Promise<Bytes>;

/** Spans that are asked for ahead of the one being handed out. */
const lookahead = 3;

/** What a reader must know of a run before it opens it. */
export interface ExpectedRun {
  readonly header: RunHeader;
  readonly length: number;
  readonly ending: Ending;
  /** The record's last tag; `null` only where there is no record (`salvageRun`). */
  readonly lastTag: string | null;
}

/** Reads any range of one run. Made by `openObject` and `salvageRun`. Every byte it returns has been authenticated. */
export class RunReader {
  readonly header: RunHeader;
  /** Bytes of plaintext. */
  readonly length: number;
  readonly #source: ByteSource;
  readonly #opener: BodyOpener;
  readonly #lastFlag: boolean;

  private constructor(source: ByteSource, expected: ExpectedRun, opener: BodyOpener, lastFlag: boolean) {
    this.header = expected.header;
    this.length = expected.length;
    this.#source = source;
    this.#opener = opener;
    this.#lastFlag = lastFlag;
  }

  /**
   * Steps 10 and 11 of SPEC.md section 10: the key, its commitment, and both ends of the body.
   *
   * @throws AuthenticityError, FormatError, LengthError or PortError
   */
  static async open(source: ByteSource, expected: ExpectedRun, keys: KeyPort): Promise<RunReader> {
    const { header } = expected;
    const place = placeOf(header);
    const dataKey = await importDataKey(await askForKey(keys, header));
    if (!equal(await commitmentTo(dataKey), header.commitment)) {
      throw new AuthenticityError({ layer: 'keys', ...place });
    }
    const opener = await createBodyOpener(
      dataKey,
      header.contextHash,
      await readExactly(source, headerLength, bodyHeaderLength, place),
      place,
    );
    const bodyLength = bodyLengthFor(expected.length);
    const index = segmentsFor(expected.length) - 1;
    const start = ciphertextStart(index);
    const last = await readExactly(source, headerLength + start, bodyLength - start, { ...place, segment: index });
    if (expected.lastTag !== null && tagOf(last) !== expected.lastTag) {
      throw new AuthenticityError({ layer: 'body', ...place, segment: index });
    }
    return new RunReader(source, expected, opener, await findLastFlag(opener, index, last, expected.ending));
  }

  /**
   * The `length` bytes of plaintext from `offset` on. The source is asked for the segments they lie in, no more.
   *
   * @param length at most 16 MiB; longer ranges are for `stream`
   * @throws ArgumentError when the range isn't within the run
   * @throws AuthenticityError, LengthError or PortError; then nothing of the range is returned
   */
  async read(offset: number, length: number, signal?: AbortSignal): Promise<Bytes> {
    if (length > maxReadLength) throw new ArgumentError({ layer: 'run', ...placeOf(this.header) });
    const pieces: Bytes[] = [];
    for await (const piece of this.pieces(offset, length, signal)) pieces.push(piece);
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : concat(...pieces);
  }

  /** The same range piece by piece, at most 255 KiB each, asking the source for at most 1 MiB ahead. */
  async *pieces(offset: number, length: number, signal?: AbortSignal): AsyncGenerator<Bytes, void, undefined> {
    if (!Number.isInteger(offset) || !Number.isInteger(length) || offset < 0 || length < 0) {
      throw new ArgumentError({ layer: 'run', ...placeOf(this.header) });
    }
    if (offset + length > this.length) throw new ArgumentError({ layer: 'run', ...placeOf(this.header) });
    const end = offset + length;
    const ahead: Promise<Bytes>[] = [];
    for (let from = offset; from < end; ) {
      signal?.throwIfAborted();
      const index = segmentAt(from);
      const stop = Math.min(end, plaintextStart(index + blockSegments));
      const span = this.#span(from, stop, signal);
      // It's awaited in order, which may be after an earlier one has failed.
      span.catch(() => undefined);
      ahead.push(span);
      from = stop;
      if (ahead.length > lookahead) yield await (ahead.shift() ?? span);
    }
    for (const span of ahead) {
      signal?.throwIfAborted();
      yield await span;
    }
  }

  /** Plaintext `[from, stop)`, within `blockSegments` segments that are opened side by side. */
  async #span(from: number, stop: number, signal?: AbortSignal): Promise<Bytes> {
    const first = segmentAt(from);
    const final = segmentAt(stop - 1);
    const bodyLength = bodyLengthFor(this.length);
    const start = ciphertextStart(first);
    const place = { ...placeOf(this.header), segment: first };
    const length = ciphertextEnd(final, bodyLength) - start;
    const sealed = await readExactly(this.#source, headerLength + start, length, place, signal);
    const segments = Array.from({ length: final - first + 1 }, (_, step) =>
      sealed.subarray(ciphertextStart(first + step) - start, ciphertextEnd(first + step, bodyLength) - start),
    );
    const last = this.#lastFlag && final === segmentsFor(this.length) - 1;
    const opened = concatBuffers(await this.#opener.open(first, last, segments));
    const skipped = from - plaintextStart(first);
    return opened.subarray(skipped, skipped + stop - from);
  }
}

const askForKey = async (keys: KeyPort, header: RunHeader): Promise<Bytes> => {
  const place: Place = { layer: 'keys', ...placeOf(header) };
  let answer: Bytes;
  try {
    answer = await keys(header);
  } catch (cause) {
    if (cause instanceof VaultError) throw cause;
    throw new PortError(place, { cause });
  }
  if (!(answer instanceof Uint8Array)) throw new PortError(place);
  if (answer.byteLength === dataKeyLength && unshared(answer)) return answer;
  answer.fill(0);
  throw new PortError(place);
};

/** With which flag the last segment opens; for a run that was cut it may be either (SPEC.md section 7). */
const findLastFlag = async (opener: BodyOpener, index: number, segment: Bytes, ending: Ending): Promise<boolean> => {
  if (ending === 'cut') {
    const opened = await opener.open(index, false, [segment]).then(
      () => true,
      () => false,
    );
    if (opened) return false;
  }
  await opener.open(index, true, [segment]);
  return true;
};

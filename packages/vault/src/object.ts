import { type Bytes, concat, equal, toBase64url } from './bytes.ts';
import { contextHash, type Part } from './context.ts';
import { ArgumentError, AuthenticityError, LengthError, MismatchError, type Place } from './errors.ts';
import { headerLength, parseHeader } from './header.ts';
import { maxReadLength } from './limits.ts';
import type { CheckedManifest } from './manifest.ts';
import { fileLength, type RunRecord, toHash } from './record.ts';
import { type KeyPort, RunReader } from './runReader.ts';
import { type ByteSource, readExactly } from './source.ts';
import { checkRun } from './survey.ts';

/** The sealed bytes that a manifest speaks of. */
export interface ObjectSources {
  /** One for each run, in the manifest's order. */
  readonly runs: readonly ByteSource[];
  readonly head: ByteSource | null;
}

/** Reads any range of an object. Every byte it returns has been authenticated and is what the manifest speaks of. */
export class ObjectReader {
  /** Bytes of plaintext of all runs. */
  readonly length: number;
  /** The runs by themselves, for contents that begin anew in each. */
  readonly runs: readonly RunReader[];
  readonly head: RunReader | null;

  /** @internal made by `openObject` */
  constructor(runs: readonly RunReader[], head: RunReader | null) {
    this.runs = runs;
    this.head = head;
    this.length = runs.reduce((sum, run) => sum + run.length, 0);
  }

  /**
   * The `length` bytes from `offset` on.
   *
   * @param length at most 16 MiB; longer ranges are for `stream`
   * @throws ArgumentError when the range isn't within the object
   * @throws AuthenticityError, LengthError or PortError; then nothing of the range is returned
   */
  async read(offset: number, length: number, signal?: AbortSignal): Promise<Bytes> {
    if (length > maxReadLength) throw new ArgumentError({ layer: 'object' });
    const pieces: Bytes[] = [];
    for await (const piece of this.#pieces(offset, length, signal)) pieces.push(piece);
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : concat(...pieces);
  }

  /**
   * The same range as a stream. It reads nothing before it is asked, then at most 1 MiB ahead; cancelling it aborts
   * what it is reading. It errors at the first segment that fails, after the good ones before it.
   */
  stream(offset = 0, length = this.length - offset): ReadableStream<Bytes> {
    const abort = new AbortController();
    const pieces = this.#pieces(offset, length, abort.signal);
    return new ReadableStream<Bytes>(
      {
        pull: async (controller) => {
          const piece = await pieces.next();
          if (piece.done === true) controller.close();
          else controller.enqueue(piece.value);
        },
        cancel: async (reason) => {
          abort.abort(reason);
          await pieces.return();
        },
      },
      { highWaterMark: 0 },
    );
  }

  async *#pieces(offset: number, length: number, signal?: AbortSignal): AsyncGenerator<Bytes, void, undefined> {
    if (!Number.isInteger(offset) || !Number.isInteger(length) || offset < 0 || length < 0) {
      throw new ArgumentError({ layer: 'object' });
    }
    if (offset + length > this.length) throw new ArgumentError({ layer: 'object' });
    let start = 0;
    for (const run of this.runs) {
      const from = Math.max(offset - start, 0);
      const stop = Math.min(offset + length - start, run.length);
      if (from < stop) yield* run.pieces(from, stop - from, signal);
      start += run.length;
    }
  }
}

/**
 * Opens an object: all of SPEC.md section 10 from step 6 to step 11, for every run and the head.
 *
 * @throws LengthError, FormatError, UnknownVersionError, AuthenticityError, MismatchError or PortError; the place says
 *   which run and layer
 */
export const openObject = async (
  manifest: CheckedManifest,
  sources: ObjectSources,
  keys: KeyPort,
): Promise<ObjectReader> => {
  checkCounts(manifest, sources);
  const { runs, head } = manifest;
  const outcomes = await Promise.allSettled(
    runs.map((record, run) => openPart(manifest, 'body', run, record, required(sources.runs[run]), keys)),
  );
  const opened = outcomes.map((outcome) => {
    // The first run that fails is named, whichever failed first.
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
  const openedHead = head === null ? null : await openPart(manifest, 'head', 0, head, required(sources.head), keys);
  return new ObjectReader(opened, openedHead);
};

/**
 * The full check that needs no key: every byte of every run and of the head is what the manifest speaks of, and the
 * headers are this object's. What the bytes decrypt to is not looked at.
 *
 * @throws LengthError, FormatError, UnknownVersionError, AuthenticityError, MismatchError or PortError
 */
export const verifyObject = async (manifest: CheckedManifest, sources: ObjectSources): Promise<void> => {
  checkCounts(manifest, sources);
  for (const [run, record] of manifest.runs.entries()) {
    await checkPart(manifest, 'body', run, record, required(sources.runs[run]));
    await checkRun(required(sources.runs[run]), record);
  }
  if (manifest.head === null) return;
  await checkPart(manifest, 'head', 0, manifest.head, required(sources.head));
  await checkRun(required(sources.head), manifest.head);
};

const checkCounts = ({ runs, head }: CheckedManifest, sources: ObjectSources): void => {
  if (sources.runs.length !== runs.length) throw new LengthError({ layer: 'object' });
  if ((sources.head === null) !== (head === null)) throw new MismatchError({ layer: 'object' });
};

const required = (source: ByteSource | null | undefined): ByteSource => {
  if (source === null || source === undefined) throw new ArgumentError({ layer: 'object' });
  return source;
};

/** Steps 6 to 9: the file and its header are the ones that the manifest means, at the place it means. */
const checkPart = async (manifest: CheckedManifest, part: Part, run: number, record: RunRecord, source: ByteSource) => {
  const place = part === 'body' ? { run } : {};
  const failed: Place = { layer: 'header', ...place };
  if (source.length !== fileLength(record)) throw new LengthError({ ...failed, layer: 'run' });
  const header = await parseHeader(await readExactly(source, 0, headerLength, place));
  if (toHash(header.hash) !== record.header) throw new AuthenticityError(failed);
  const expected = await contextHash({ object: manifest.context, part, run });
  if (header.part !== part || header.run !== run || !equal(header.contextHash, expected)) {
    throw new MismatchError(failed);
  }
  const before = part === 'body' ? manifest.runs[run - 1] : undefined;
  const chained =
    before === undefined ? equal(header.previous, new Uint8Array(32)) : toBase64url(header.previous) === before.hash;
  if (!chained) throw new MismatchError(failed);
  return header;
};

const openPart = async (
  manifest: CheckedManifest,
  part: Part,
  run: number,
  record: RunRecord,
  source: ByteSource,
  keys: KeyPort,
): Promise<RunReader> => {
  const header = await checkPart(manifest, part, run, record, source);
  const { length, ending, lastTag } = record;
  return await RunReader.open(source, { header, length, ending, lastTag }, keys);
};

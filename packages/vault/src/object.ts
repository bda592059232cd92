import { type Bytes, concat, equal, toBase64url } from './bytes.ts';
import { contextHash, type Part } from './context.ts';
import { ArgumentError, AuthenticityError, LengthError, MismatchError, type Place } from './errors.ts';
import { headerLength, parseHeader, type RunHeader } from './header.ts';
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

/** A part of an object, and what the manifest says of it. */
interface ObjectPart {
  readonly part: Part;
  readonly run: number;
  readonly record: RunRecord;
  readonly source: ByteSource;
}

/** Parts whose headers are read, or whose keys are asked for, at a time. */
const sideBySide = 8;

/** Does `step` for a few at a time. Of those that fail, the first in order is the one that it rejects with. */
const forEachPart = async <T, R>(parts: readonly T[], step: (part: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = [];
  for (let start = 0; start < parts.length; start += sideBySide) {
    for (const outcome of await Promise.allSettled(parts.slice(start, start + sideBySide).map(step))) {
      if (outcome.status === 'rejected') throw outcome.reason;
      results.push(outcome.value);
    }
  }
  return results;
};

/**
 * Opens an object: all of SPEC.md section 10 from step 6 to step 11, for every run and the head. No key is asked for
 * before every header has been checked, and then for a few runs at a time, in order, until one fails.
 *
 * @throws LengthError, FormatError, UnknownVersionError, AuthenticityError, MismatchError or PortError; the place says
 *   which run and layer. Of several runs that fail the same step the first is named.
 */
export const openObject = async (
  manifest: CheckedManifest,
  sources: ObjectSources,
  keys: KeyPort,
): Promise<ObjectReader> => {
  const parts = partsOf(manifest, sources);
  const checked = await forEachPart(parts, async (part) => ({ ...part, header: await checkPart(manifest, part) }));
  const readers = await forEachPart(checked, ({ source, header, record: { length, ending, lastTag } }) =>
    RunReader.open(source, { header, length, ending, lastTag }, keys),
  );
  const runs = readers.slice(0, manifest.runs.length);
  return new ObjectReader(runs, readers[manifest.runs.length] ?? null);
};

/**
 * The full check that needs no key: every byte of every run and of the head is what the manifest speaks of, and the
 * headers are this object's. What the bytes decrypt to is not looked at.
 *
 * @throws LengthError, FormatError, UnknownVersionError, AuthenticityError, MismatchError or PortError
 */
export const verifyObject = async (manifest: CheckedManifest, sources: ObjectSources): Promise<void> => {
  for (const part of partsOf(manifest, sources)) {
    await checkPart(manifest, part);
    await checkRun(part.source, part.record);
  }
};

/** The runs in order, then the head. */
const partsOf = ({ runs, head }: CheckedManifest, sources: ObjectSources): readonly ObjectPart[] => {
  if (sources.runs.length !== runs.length) throw new LengthError({ layer: 'object' });
  if ((sources.head === null) !== (head === null)) throw new MismatchError({ layer: 'object' });
  const parts = runs.map(
    (record, run): ObjectPart => ({ part: 'body', run, record, source: required(sources.runs[run]) }),
  );
  if (head !== null) parts.push({ part: 'head', run: 0, record: head, source: required(sources.head) });
  return parts;
};

const required = (source: ByteSource | null | undefined): ByteSource => {
  if (source === null || source === undefined) throw new ArgumentError({ layer: 'object' });
  return source;
};

/** Steps 6 to 9: the file and its header are the ones that the manifest means, at the place it means. */
const checkPart = async (manifest: CheckedManifest, { part, run, record, source }: ObjectPart): Promise<RunHeader> => {
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

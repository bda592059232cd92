import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { beginsManifest, beginsRun } from '@sotto/vault';
import { bad, notDone } from '../errors.ts';

/** Bytes that a pipe may bring at most (SPEC.md section 11): what is longer belongs into a file. */
const maxSpoolLength = 2 ** 34;
const magicLength = 8;

/** Lets through what begins like a sealed object or a run, and no more of it than `limit`. */
async function* admitted(chunks: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let beginning = new Uint8Array();
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.byteLength;
    if (length > limit) throw notDone('A pipe may bring 16 GiB at most: put what is longer into a file.');
    if (beginning.byteLength >= magicLength) {
      yield chunk;
    } else {
      beginning = new Uint8Array(Buffer.concat([beginning, chunk]));
      if (beginning.byteLength < magicLength) continue;
      requireMagic(beginning);
      yield beginning;
    }
  }
  requireMagic(beginning);
}

/** @throws CommandError when `beginning` isn't one of a sealed object or of a run */
export const requireMagic = (beginning: Uint8Array<ArrayBuffer>): void => {
  if (beginsRun(beginning) || beginsManifest(beginning)) return;
  throw bad('This is neither a sealed object nor a run of one.');
};

/**
 * Puts a stream aside in a new file at `path`, as a pipe can't be read from the end first. All of it is sealed.
 *
 * @throws CommandError when it's something else, or longer than `limit`
 */
export const spool = async (
  stream: Readable,
  path: string,
  signal: AbortSignal,
  limit = maxSpoolLength,
): Promise<void> => {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  await pipeline(stream, (chunks: AsyncIterable<Uint8Array>) => admitted(chunks, limit), file, { signal });
};

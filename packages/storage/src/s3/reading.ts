import { addAbortSignal, type Readable } from 'node:stream';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { TruncatedError, UnavailableError } from '../errors.ts';
import type { Reading } from '../objectStore.ts';
import type { Connection } from './connection.ts';
import { isAbsent, storageFault } from './faults.ts';
import type { Version } from './versions.ts';

/** Takes exactly `length` bytes. @throws TruncatedError when the connection ends before, or more come */
async function takeBody(body: Readable, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      if (filled + chunk.byteLength > length) throw new TruncatedError('longer');
      bytes.set(chunk, filled);
      filled += chunk.byteLength;
    }
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ECONNRESET')
      throw new TruncatedError('ECONNRESET');
    throw fault;
  } finally {
    body.destroy();
  }
  if (filled !== length) throw new TruncatedError('end');
  return bytes;
}

/** A range of one version, which lies within it. `absent` if the version is gone. */
export async function readVersion(
  connection: Connection,
  version: Version,
  offset: number,
  length: number,
  signal?: AbortSignal,
): Promise<Reading> {
  const request = new GetObjectCommand({
    Bucket: connection.bucket,
    Key: version.name,
    VersionId: version.id,
    Range: `bytes=${offset}-${offset + length - 1}`,
  });
  try {
    return await connection.attempt(async (client, options): Promise<Reading> => {
      const { Body, ContentRange } = await client.send(request, options);
      if (Body === undefined) throw new UnavailableError('answer');
      const body = addAbortSignal(options.abortSignal, Body as Readable);
      if (ContentRange !== `bytes ${offset}-${offset + length - 1}/${version.length}`) {
        body.destroy();
        throw new TruncatedError('range');
      }
      return { tag: 'read', bytes: await takeBody(body, length) };
    }, signal);
  } catch (fault) {
    if (signal?.aborted === true) throw signal.reason;
    if (isAbsent(fault)) return { tag: 'absent' };
    throw storageFault(fault);
  }
}

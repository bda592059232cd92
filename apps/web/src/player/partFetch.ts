import { PlaybackFault } from '@sotto/playback/errors';

const tries = 4;
const wait = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

/**
 * Fetches exactly these octets of a part. What may pass is tried again for some seconds.
 *
 * @throws PlaybackFault `unreachable`, `missing`, or `spoilt` when storage gives another length
 */
export async function fetchPart(
  object: string,
  leaf: string,
  offset: number,
  length: number,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fetchOnce(`/api/objects/${object}/parts/${leaf}`, offset, length, signal);
    } catch (error) {
      const isLast = attempt === tries || signal.aborted;
      if (error instanceof PlaybackFault && (error.code !== 'unreachable' || isLast)) throw error;
      if (isLast) throw new PlaybackFault('unreachable');
      await wait(400 * 2 ** attempt, signal);
    }
  }
}

async function fetchOnce(
  path: string,
  offset: number,
  length: number,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(path, {
    headers: { range: `bytes=${String(offset)}-${String(offset + length - 1)}` },
    credentials: 'same-origin',
    cache: 'no-store',
    referrerPolicy: 'no-referrer',
    redirect: 'error',
    signal,
  });
  if (response.status === 404 || response.status === 416) throw new PlaybackFault('missing');
  if (response.status !== 206) throw new PlaybackFault('unreachable');
  // What is too short or too long isn't what was stored: the worker finds that.
  return new Uint8Array(await response.arrayBuffer());
}

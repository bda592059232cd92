import type { RecordingId } from '@sotto/protocol/ids';

/** Held by the page that makes a recording, or by the one that settles it: nobody else touches what it keeps. */
export interface RecorderLock {
  /** Resolves once others can have it. */
  readonly release: () => Promise<void>;
}

const prefix = 'sotto/recorder/';

/**
 * Goes with the page, too.
 *
 * @param waitMs for a page that is just going
 * @returns null while another one has it
 */
export function holdRecorder(recording: RecordingId, waitMs: number): Promise<RecorderLock | null> {
  return new Promise((resolve, reject) => {
    const held = Promise.withResolvers<undefined>();
    const over = navigator.locks
      .request(prefix + recording, { signal: AbortSignal.timeout(waitMs) }, () => {
        resolve({
          release: () => {
            held.resolve(undefined);
            return over;
          },
        });
        return held.promise;
      })
      .then(() => undefined)
      .catch((error: unknown) => {
        if (error instanceof DOMException && error.name === 'TimeoutError') resolve(null);
        else reject(error instanceof Error ? error : new Error('no lock'));
      });
  });
}

/** Does something while nobody makes the recording; nothing if somebody does. */
export function withoutRecorder<T>(recording: RecordingId, act: () => Promise<T>): Promise<T | 'elsewhere'> {
  return navigator.locks.request<Promise<T | 'elsewhere'>>(prefix + recording, { ifAvailable: true }, async (lock) =>
    lock === null ? 'elsewhere' : act(),
  );
}

/** Recordings that some page of this browser makes or settles now. */
export async function heldRecordings(): Promise<ReadonlySet<string>> {
  const { held = [] } = await navigator.locks.query();
  const names = held.flatMap(({ name }) => (name?.startsWith(prefix) === true ? [name.slice(prefix.length)] : []));
  return new Set(names);
}

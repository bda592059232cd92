import { afterEach, describe, expect, it } from 'vitest';
import type { SpoolRequest } from './spoolWorker.ts';

const workers: Worker[] = [];
afterEach(() => {
  for (const worker of workers.splice(0)) worker.terminate();
});

/** A spool in a worker of its own. */
function spoolIn(folder: string) {
  const worker = new Worker(new URL('./spoolWorker.ts', import.meta.url), { type: 'module' });
  workers.push(worker);
  const ask = (request: SpoolRequest) =>
    new Promise<unknown>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<{ value: unknown } | { error: string }>) => {
        if ('error' in data) reject(new Error(data.error));
        else resolve(data.value);
      };
      worker.postMessage({ folder, request });
    });
  return { worker, ask };
}

const run = { run: 0 };
const octets = (length: number, value: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(value);

describe('a spool in the origin’s private files', () => {
  it('has what it was given after its worker was killed, and goes on', { timeout: 30_000 }, async () => {
    const folder = crypto.randomUUID();
    const first = spoolIn(folder);
    const part = (number: number) => ({ of: run, part: number });
    await first.ask({ ask: 'append', place: part(0), offset: 0, chunks: [octets(1_280, 1), octets(4_096, 2)] });
    await first.ask({ ask: 'ended', place: part(0), isLast: false });
    await first.ask({ ask: 'append', place: part(1), offset: 0, chunks: [octets(4_096, 3)] });
    await first.ask({ ask: 'append', place: part(1), offset: 4_096, chunks: [octets(10, 4)] });
    first.worker.terminate();

    const second = spoolIn(folder);
    expect(await second.ask({ ask: 'list' })).toEqual([
      { place: part(0), state: 'whole', length: 5_376 },
      { place: part(1), state: 'open', length: 4_106 },
    ]);
    expect(await second.ask({ ask: 'read', place: part(1) })).toEqual(
      Uint8Array.of(...octets(4_096, 3), ...octets(10, 4)),
    );
    for (const [number, offset] of [
      [0, 5_376],
      [1, 4_096],
    ] as const) {
      const again = second.ask({ ask: 'append', place: part(number), offset, chunks: [octets(9, 9)] });
      await expect(again).rejects.toThrow('RecordingUsageError');
    }
    await second.ask({ ask: 'append', place: { of: 'head', part: 0 }, offset: 0, chunks: [octets(7, 5)] });
    await second.ask({ ask: 'ended', place: { of: 'head', part: 0 }, isLast: true });
    await second.ask({ ask: 'remove', place: part(0) });
    await second.ask({ ask: 'remove', place: part(0) });
    expect(await second.ask({ ask: 'list' })).toEqual([
      { place: { of: 'head', part: 0 }, state: 'last', length: 7 },
      { place: part(1), state: 'open', length: 4_106 },
    ]);
  });
});

import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Desk } from './desk.ts';

const gibibyte = 2 ** 30;
const mebibyte = 2 ** 20;
const reads = 200;

/** What sealing 1 GiB to a file and reading single bytes of it took. */
export interface BigObject {
  /**
   * MiB by which what the heap retains, what hangs on it included, had grown at most: after collecting garbage, every
   * 64 MiB, before the run is closed, and after. What could have been collected and wasn't yet is not in it.
   */
  readonly retainedHeapGrowth: number;
  /** Milliseconds of each random 1-byte read. */
  readonly times: readonly number[];
  /** Bytes that the source was asked for, for each. */
  readonly asked: readonly number[];
  /** Milliseconds and bytes to open the object. */
  readonly openTime: number;
  readonly openAsked: number;
}

const collectGarbage = (): (() => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
};

/** MiB that are still in use: what was freed is swept beside the program, so it's looked at a moment later. */
const heapInUse = async (collect: () => void): Promise<number> => {
  collect();
  await setTimeout(50);
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / mebibyte;
};

/** Seals 1 GiB to a file, then reads single bytes of it at random places. */
export const measureBigObject = async (say: (words: string) => void): Promise<BigObject> => {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-bench-vault-'));
  const file = await open(join(folder, 'run'), 'wx+');
  try {
    const collect = collectGarbage();
    const desk = await Desk.open();
    const run = await desk.startRun(async (piece) => {
      await file.writev([...piece.chunks]);
    });
    const writer = run.writable.getWriter();
    const chunk = crypto.getRandomValues(new Uint8Array(65_536));
    const before = await heapInUse(collect);
    let most = before;
    const sample = async (words: string): Promise<void> => {
      most = Math.max(most, await heapInUse(collect));
      say(words);
    };
    for (let written = 0; written < gibibyte; written += chunk.byteLength) {
      await writer.write(chunk);
      if (written % (64 * mebibyte) === 0) await sample(`sealed ${written / mebibyte} MiB`);
    }
    await sample('sealed 1 GiB');
    await writer.close();
    await sample('closed');
    const counted = { bytes: 0 };
    const { size: length } = await file.stat();
    const source = {
      length,
      read: async (offset: number, count: number) => {
        counted.bytes += count;
        return (await file.read(new Uint8Array(count), 0, count, offset)).buffer;
      },
    };
    const opening = performance.now();
    const reader = await desk.openRun(source, await run.record);
    const openTime = performance.now() - opening;
    const openAsked = counted.bytes;
    const times: number[] = [];
    const asked: number[] = [];
    for (let read = 0; read < reads; read += 1) {
      const offset = Math.floor(Math.random() * reader.length);
      counted.bytes = 0;
      const started = performance.now();
      const [byte] = await reader.read(offset, 1);
      times.push(performance.now() - started);
      asked.push(counted.bytes);
      if (byte !== chunk[offset % chunk.byteLength]) throw new Error('A read gave another byte than was sealed.');
    }
    return { retainedHeapGrowth: most - before, times, asked, openTime, openAsked };
  } finally {
    await file.close();
    await rm(folder, { recursive: true });
  }
};

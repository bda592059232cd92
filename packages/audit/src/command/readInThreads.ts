import { Worker } from 'node:worker_threads';
import type { FileRange } from './exportFile.ts';
import type { ReadLines } from './readLines.ts';

interface Turn {
  readonly resolve: (lines: ReadLines) => void;
  readonly reject: (error: unknown) => void;
}

/** One thread. */
class LineReader {
  readonly #worker: Worker;
  readonly #turns: Turn[] = [];

  constructor(path: string) {
    this.#worker = new Worker(new URL('./readLinesWorker.ts', import.meta.url), { workerData: path });
    this.#worker.on('message', (lines: ReadLines) => this.#turns.shift()?.resolve(lines));
    this.#worker.on('error', (error) => {
      for (const { reject } of this.#turns.splice(0)) reject(error);
    });
  }

  get waiting(): number {
    return this.#turns.length;
  }

  read(range: FileRange): Promise<ReadLines> {
    return new Promise((resolve, reject) => {
      this.#turns.push({ resolve, reject });
      this.#worker.postMessage(range);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Parts that each thread has ahead of it at most. */
const ahead = 2;

/**
 * Reads parts of an export on several threads, and hands them on in order.
 *
 * @param threads at least 1
 * @throws what a thread ended with, such as that the file can't be read
 */
export async function* readInThreads(
  path: string,
  ranges: readonly FileRange[],
  threads: number,
): AsyncGenerator<ReadLines> {
  const readers = Array.from({ length: threads }, () => new LineReader(path));
  const reading: Promise<ReadLines>[] = [];
  try {
    for (const range of ranges) {
      const [freest] = [...readers].sort((a, b) => a.waiting - b.waiting);
      if (!freest) return;
      const lines = freest.read(range);
      // Looked at in its turn; until then its failure is nobody's.
      lines.catch(() => undefined);
      reading.push(lines);
      const next = reading.length >= threads * ahead ? reading.shift() : undefined;
      if (next) yield await next;
    }
    for (const lines of reading) yield await lines;
  } finally {
    await Promise.all(readers.map((reader) => reader.close()));
  }
}

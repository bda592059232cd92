import { Worker } from 'node:worker_threads';
import type { PackedLines } from './readLines.ts';

interface Turn {
  readonly resolve: (lines: PackedLines) => void;
  readonly reject: (error: unknown) => void;
}

/** One thread, which answers in order. */
class LineReader {
  readonly #worker = new Worker(new URL('./readLinesWorker.ts', import.meta.url));
  readonly #turns: Turn[] = [];

  constructor() {
    this.#worker.on('message', (lines: PackedLines) => this.#turns.shift()?.resolve(lines));
    this.#worker.on('error', (error) => {
      for (const { reject } of this.#turns.splice(0)) reject(error);
    });
  }

  get waiting(): number {
    return this.#turns.length;
  }

  read(text: string): Promise<PackedLines> {
    return new Promise((resolve, reject) => {
      this.#turns.push({ resolve, reject });
      this.#worker.postMessage(text);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Chunks that each thread has ahead of it at most. */
const ahead = 2;

/**
 * Reads chunks of lines on several threads, and hands them on in order.
 *
 * @param threads at least 1
 */
export async function* readInThreads(chunks: AsyncIterable<string>, threads: number): AsyncGenerator<PackedLines> {
  const readers = Array.from({ length: threads }, () => new LineReader());
  const reading: Promise<PackedLines>[] = [];
  try {
    for await (const chunk of chunks) {
      const [freest] = [...readers].sort((a, b) => a.waiting - b.waiting);
      if (!freest) return;
      const lines = freest.read(chunk);
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

import { type FileHandle, open } from 'node:fs/promises';
import type { ByteSource } from '@sotto/vault';
import { notDone } from '../errors.ts';

/** Sealed bytes in a file, with the means to let go of it. */
export interface FileSource extends ByteSource {
  close(): Promise<void>;
}

/** Reads ranges of one file, none after `stop` has aborted. */
export const openFile = async (path: string, stop: AbortSignal): Promise<FileSource> => {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch {
    throw notDone(`${path} can't be opened.`);
  }
  const found = await file.stat();
  if (!found.isFile()) {
    await file.close();
    throw notDone(`${path} isn't a plain file.`);
  }
  const { size: length } = found;
  return {
    length,
    read: async (offset, count) => {
      const bytes = new Uint8Array(count);
      for (let filled = 0; filled < count; ) {
        stop.throwIfAborted();
        const { bytesRead } = await file.read(bytes, filled, count - filled, offset + filled);
        if (bytesRead === 0) return bytes.subarray(0, filled);
        filled += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
};

/** The bytes of several sources, one after the other. */
export const joinSources = (sources: readonly ByteSource[]): ByteSource => {
  const length = sources.reduce((sum, source) => sum + source.length, 0);
  return {
    length,
    read: async (offset, count, signal) => {
      const bytes = new Uint8Array(count);
      let start = 0;
      for (const source of sources) {
        const from = Math.max(offset, start);
        const stop = Math.min(offset + count, start + source.length);
        if (from < stop) bytes.set(await source.read(from - start, stop - from, signal), from - offset);
        start += source.length;
      }
      return bytes;
    },
  };
};

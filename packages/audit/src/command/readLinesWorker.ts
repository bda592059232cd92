import { parentPort } from 'node:worker_threads';
import { nodeTreeHasher } from '../postgres/nodeTreeHasher.ts';
import { readLines } from './readLines.ts';

// A thread that reads lines for `LineReaders`.
parentPort?.on('message', (text: string) => {
  const packed = readLines(text, nodeTreeHasher);
  parentPort?.postMessage(packed, [packed.indices.buffer, packed.hashes.buffer]);
});

import { hash } from 'node:crypto';
import { createTreeHasher, type TreeHasher } from '../treeHasher.ts';

/** Node's own SHA-256 in one call: several times as fast as portable JavaScript. */
export const nodeTreeHasher: TreeHasher = createTreeHasher((data) =>
  // As text and back: the buffer that Node would make takes as long as the hashing.
  Buffer.from(hash('sha256', data, 'binary'), 'binary'),
);

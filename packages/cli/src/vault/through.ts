import type { ObjectReader } from '@sotto/vault';

/** Opens all of an object, and keeps nothing of it. @throws VaultError where a segment doesn't open */
export async function readThrough({ runs, head }: Pick<ObjectReader, 'runs' | 'head'>): Promise<void> {
  for (const part of [...runs, ...(head === null ? [] : [head])]) {
    for await (const piece of part.pieces(0, part.length)) piece.fill(0);
  }
}

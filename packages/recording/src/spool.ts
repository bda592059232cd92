import type { NotedRun } from '@sotto/vault';

/** A file of an object: `run-RRRR-part-NNNNNN` of packages/vault/SPEC.md section 11, or the head, which has one part. */
export interface PartPlace {
  readonly of: 'head' | { readonly run: number };
  /** From zero, without gaps. */
  readonly part: number;
}

/** Where ciphertext goes as it is made, safe from a crash. One call at a time; what it rejects with ends the recorder. */
export interface Spool {
  /** A run begins. Resolves once this is noted where nobody who has the run's octets can change it. */
  began(run: NotedRun): Promise<void>;
  /** Resolves once the octets are kept, behind all that the part has. `offset`: how much that is. */
  append(place: PartPlace, offset: number, chunks: readonly Uint8Array<ArrayBuffer>[]): Promise<void>;
  /** The part is whole, and may leave. `isLast`: the run, or the head, ends with it. */
  ended(place: PartPlace, isLast: boolean): Promise<void>;
}

/** The plaintexts of the vectors (SPEC.md section 13). */
export const vectorPlaintext = (length: number, s: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length }, (_, index) => (131 * index + Math.floor(index / 256) + s) % 256);

/** SPEC.md sections 3 and 4, by the recursive definitions of RFC 6962 section 2.1. */
import { createHash } from 'node:crypto';

export const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  createHash('sha256').update(Buffer.concat(parts)).digest();

export const leafHash = (commitment: Uint8Array): Buffer => sha256(Buffer.of(0), commitment);
const node = (left: Uint8Array, right: Uint8Array): Buffer => sha256(Buffer.of(1), left, right);

/** The largest power of two smaller than n. */
const split = (n: number): number => 2 ** Math.ceil(Math.log2(n) - 1);

/** MTH(D[n]). */
export const treeHash = (leaves: readonly Buffer[]): Buffer => {
  const [first] = leaves;
  if (first === undefined) return sha256();
  if (leaves.length === 1) return first;
  const k = split(leaves.length);
  return node(treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)));
};

/** The root that PATH(m, D[n]) leads to from a leaf hash. */
export const rootByPath = (leaf: Buffer, m: number, n: number, path: readonly Buffer[]): Buffer => {
  if (n === 1) {
    if (path.length > 0) throw new Error('second verifier: the path is too long');
    return leaf;
  }
  const sibling = path.at(-1);
  if (sibling === undefined) throw new Error('second verifier: the path is too short');
  const k = split(n);
  const rest = path.slice(0, -1);
  if (m < k) return node(rootByPath(leaf, m, k, rest), sibling);
  return node(sibling, rootByPath(leaf, m - k, n - k, rest));
};

/** The two roots that PROOF(m, D[n]) leads to; `old` is the root that the verifier has of the first m. */
export const rootsByProof = (old: Buffer, m: number, n: number, proof: readonly Buffer[]): [Buffer, Buffer] => {
  if (m === 0) return [sha256(), treeHash([])];
  const rest = [...proof];
  const take = (): Buffer => {
    const hash = rest.pop();
    if (hash === undefined) throw new Error('second verifier: the proof is too short');
    return hash;
  };
  const sub = (m: number, n: number, isWhole: boolean): [Buffer, Buffer] => {
    if (m === n) {
      const hash = isWhole ? old : take();
      return [hash, hash];
    }
    const k = split(n);
    const sibling = take();
    if (m <= k) {
      const [before, after] = sub(m, k, isWhole);
      return [before, node(after, sibling)];
    }
    const [before, after] = sub(m - k, n - k, false);
    return [node(sibling, before), node(sibling, after)];
  };
  const roots = sub(m, n, true);
  if (rest.length > 0) throw new Error('second verifier: the proof is too long');
  return roots;
};

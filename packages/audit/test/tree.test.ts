import { manyRuns } from '@sotto/browsers/runs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  appendLeaves,
  consistencyPath,
  portableTreeHasher as hasher,
  inclusionPath,
  verifyConsistency,
  verifyInclusion,
} from '../src/index.ts';
import { leafHashes, rangeOf, rootAmong, SampleLog } from './sampleLog.ts';

const hashes = leafHashes(SampleLog.of(150).leaves);
const root = rootAmong(hashes);
const size = fc.integer({ min: 0, max: hashes.length });

/** Another hash: one bit of one byte is turned. */
const bent = (hash: Uint8Array, where: number): Uint8Array =>
  hash.with(where % 32, (hash[where % 32] ?? 0) ^ (1 << (where % 8)));

/** A proof with one hash bent, left out, added, or exchanged with the next. */
const changes = {
  bent: (proof: Uint8Array[], at: number, where: number) => proof.with(at, bent(proof[at] ?? hasher.empty, where)),
  shorter: (proof: Uint8Array[], at: number) => proof.toSpliced(at, 1),
  longer: (proof: Uint8Array[], at: number, where: number) => proof.toSpliced(at, 0, bent(hasher.empty, where)),
  repeated: (proof: Uint8Array[], at: number) => proof.toSpliced(at, 0, proof[at] ?? hasher.empty),
  truncated: (proof: Uint8Array[], at: number) => proof.with(at, (proof[at] ?? hasher.empty).slice(0, 31)),
};
const change = fc.constantFrom(...(Object.keys(changes) as (keyof typeof changes)[]));

describe('the tree', () => {
  it('is the same however its leaves arrive', () => {
    fc.assert(
      fc.property(size, size, (a, b) => {
        const [first, second] = [Math.min(a, b), Math.max(a, b)];
        const grown = appendLeaves(rangeOf(hashes.slice(0, first)), hashes.slice(first, second), hasher);
        expect(grown).toEqual(rangeOf(hashes.slice(0, second)));
      }),
      { numRuns: manyRuns },
    );
  });

  it('proves any entry at any size, and refuses the proof with anything changed', () => {
    fc.assert(
      fc.property(
        size.filter((of) => of > 0),
        fc.nat(),
        fc.nat(),
        change,
        (of, pick, where, how) => {
          const index = pick % of;
          const leaf = hashes[index] ?? hasher.empty;
          const whole = root({ start: 0, length: of });
          const proof = inclusionPath(index, of).map(root);
          expect(proof.length).toBeLessThanOrEqual(Math.ceil(Math.log2(of)));
          expect(verifyInclusion(leaf, index, of, proof, whole, hasher)).toBe(true);
          expect(verifyInclusion(bent(leaf, where), index, of, proof, whole, hasher)).toBe(false);
          expect(verifyInclusion(leaf, index, of, proof, bent(whole, where), hasher)).toBe(false);
          if (of > 1) expect(verifyInclusion(leaf, (index + 1) % of, of, proof, whole, hasher)).toBe(false);
          if (proof.length > 0) {
            const changed = changes[how](proof, where % proof.length, where);
            expect(verifyInclusion(leaf, index, of, changed, whole, hasher)).toBe(false);
          }
        },
      ),
      { numRuns: manyRuns },
    );
  });

  it('proves that a log only grew, and no other pair of trees', () => {
    fc.assert(
      fc.property(size, size, fc.nat(), change, (a, b, where, how) => {
        const [old, now] = [Math.min(a, b), Math.max(a, b)];
        const proof = consistencyPath(old, now).map(root);
        const [oldRoot, whole] = [root({ start: 0, length: old }), root({ start: 0, length: now })];
        expect(verifyConsistency(old, oldRoot, now, whole, proof, hasher)).toBe(true);
        expect(verifyConsistency(old, bent(oldRoot, where), now, whole, proof, hasher)).toBe(false);
        expect(verifyConsistency(now, whole, old, oldRoot, proof, hasher)).toBe(old === now);
        // Every log begins with nothing: then there is nothing to prove, and nothing may be said for it.
        if (old === 0) expect(verifyConsistency(0, oldRoot, now, whole, [whole], hasher)).toBe(false);
        if (old > 0) expect(verifyConsistency(old, oldRoot, now, bent(whole, where), proof, hasher)).toBe(false);
        if (proof.length > 0) {
          const changed = changes[how](proof, where % proof.length, where);
          expect(verifyConsistency(old, oldRoot, now, whole, changed, hasher)).toBe(false);
        }
      }),
      { numRuns: manyRuns },
    );
  });

  it('verifies any subset of its proofs, each for itself and in any order', () => {
    const proofs = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.boolean()), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        size.filter((of) => of > 0),
        proofs,
        fc.nat(),
        (of, picks, odd) => {
          const whole = root({ start: 0, length: of });
          const verified = picks.map(([pick, where, isInclusion], i) => {
            // One of them is bent: it alone fails.
            const isOdd = i === odd % picks.length;
            if (isInclusion) {
              const index = pick % of;
              const leaf = isOdd ? bent(hasher.empty, where) : (hashes[index] ?? hasher.empty);
              return verifyInclusion(leaf, index, of, inclusionPath(index, of).map(root), whole, hasher);
            }
            const old = pick % (of + 1);
            const oldRoot = root({ start: 0, length: old });
            const stated = isOdd ? bent(oldRoot, where) : oldRoot;
            return verifyConsistency(old, stated, of, whole, consistencyPath(old, of).map(root), hasher);
          });
          expect(verified).toEqual(picks.map((_, i) => i !== odd % picks.length));
        },
      ),
      { numRuns: manyRuns },
    );
  });
});

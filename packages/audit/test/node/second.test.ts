import { manyRuns } from '@sotto/browsers/runs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatCheckpointLine,
  formatExportHeader,
  formatLeafLine,
  formatVerifierKey,
  type LoggedLeaf,
} from '../../src/index.ts';
import { anyEntry, anyOf } from '../arbitraries.ts';
import { checkpointOf, origin, SampleLog, trust } from '../sampleLog.ts';
import { readCheckpoint, readCosignature, readKey } from '../second/secondNote.ts';
import { leafHash, rootByPath, rootsByProof, sha256, treeHash } from '../second/secondTree.ts';
import { commitmentOf, readEntry, verifyExport, verifyProof } from '../second/secondVerifier.ts';
import vectors from '../vectors/v1.json' with { type: 'json' };

const base64url = (text: string) => Buffer.from(text, 'base64url');
const log = readKey(vectors.logKey);
const witness = readKey(vectors.witnessKey);
const lines: readonly string[] = vectors.export;

describe('the second verifier', () => {
  it('reads the frozen entries', () => {
    for (const { entry, spelling, salt, commitment, leafHash: hash } of vectors.entries) {
      expect(readEntry(spelling)).toEqual(entry);
      expect(commitmentOf(base64url(salt), spelling)).toEqual(base64url(commitment));
      expect(leafHash(base64url(commitment))).toEqual(base64url(hash));
    }
  });

  it('agrees on the frozen trees and their proofs', () => {
    const { roots, inclusion, consistency } = vectors.tree;
    const commitment = (index: number) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(index);
      return sha256(bytes);
    };
    const leaves = Array.from({ length: 65_793 }, (_, index) => leafHash(commitment(index)));
    const rootAt = new Map(roots.map(({ size, root }) => [size, base64url(root)]));
    for (const [size, root] of rootAt) expect(treeHash(leaves.slice(0, size)).equals(root)).toBe(true);
    for (const { index, size, proof } of inclusion) {
      const reached = rootByPath(leafHash(commitment(index)), index, size, proof.map(base64url));
      expect(reached.equals(rootAt.get(size) ?? treeHash(leaves.slice(0, size)))).toBe(true);
    }
    for (const { old, size, proof } of consistency) {
      const [oldRoot, root] = [rootAt.get(old), rootAt.get(size)];
      if (!oldRoot || !root) throw new Error('the vectors have the roots of their proofs');
      if (old === 0) expect(proof).toEqual([]);
      else expect(rootsByProof(oldRoot, old, size, proof.map(base64url))).toEqual([oldRoot, root]);
    }
  });

  it('believes the frozen checkpoint and its witness', () => {
    const { signed, cosigned, cosignedAt } = vectors.checkpoint;
    expect(readCheckpoint(signed, log)).toMatchObject({ origin: 'sotto.example/access-log', size: 10 });
    expect(readCosignature(signed, witness)).toBeNull();
    expect(readCosignature(cosigned, witness)).toBe(cosignedAt);
  });

  it('finds nothing wrong with the frozen export, and the entry that its proof is of', () => {
    expect(verifyExport(lines, log, witness)).toEqual([]);
    expect(verifyProof(vectors.proof, log, witness)).toEqual({
      index: 4,
      entry: vectors.entries[4]?.entry,
      witnessedAt: vectors.checkpoint.cosignedAt,
    });
  });

  const line = (index: number): string => lines[index + 1] ?? '';
  const rest = /"entry":.*\}/;
  const content = (index: number): string => rest.exec(line(index))?.[0].replace(/"index":\d+/, '') ?? '';
  const withContent = (index: number, other: number): string =>
    line(index).replace(rest, content(other).replace('},,', `},"index":${index},`));
  const renumbered = (index: number, as: number): string => line(index).replace(/"index":\d+/, `"index":${as}`);
  const cases: [string, readonly string[], readonly string[]][] = [
    ['an edited entry', lines.with(2, line(1).replace('192.0.2.7', '192.0.2.8')), ['edited 1']],
    ['an edited salt', lines.with(2, line(1).replace(/"salt":"./, '"salt":"_')), ['edited 1']],
    ['an entry spelled otherwise', lines.with(2, line(1).replace('"v":1}', '"v":1.0}')), ['edited 1']],
    [
      'a removed entry',
      lines.with(
        2,
        line(1)
          .replace(/"entry":\{.*\},"index"/, '"index"')
          .replace(/,"salt":"[^"]+"/, ''),
      ),
      ['removed 1'],
    ],
    ['an erasure that is gone too', lines.with(9, line(8).replace('entry:3', 'entry:2')), ['removed 3', 'edited 8']],
    ['a missing leaf', lines.toSpliced(7, 1), ['missing 6']],
    ['entries exchanged', lines.with(7, withContent(6, 7)).with(8, withContent(7, 6)), ['reordered 6', 'reordered 7']],
    ['a copy over another', lines.with(7, withContent(6, 7)), ['duplicated 6']],
    ['leaves exchanged', lines.with(7, line(7)).with(8, line(6)), ['misplaced 7', 'misplaced 6']],
    [
      'leaves exchanged and renumbered',
      lines.with(7, renumbered(7, 6)).with(8, renumbered(6, 7)),
      ['fork 10', 'fork 10'],
    ],
    ['a leaf twice', lines.toSpliced(7, 0, line(5)), ['repeated 5']],
    ['a leaf too many', lines.toSpliced(11, 0, renumbered(9, 10)), ['added 10']],
    [
      'a rollback',
      [(lines[0] ?? '').replace('10', '9'), ...lines.slice(1, 10), ...lines.slice(11)],
      ['rollback 10', 'rollback 10'],
    ],
    ['a forged checkpoint', lines.with(11, (lines[11] ?? '').replace('\\n5\\n', '\\n6\\n')), ['forged']],
    ['a checkpoint without its witness', lines.toSpliced(13, 1), ['unwitnessed 10', 'uncovered 5']],
    ['no checkpoint at all', lines.slice(0, 11), ['uncovered 0']],
    ['a checkpoint in front of the leaves', lines.toSpliced(1, 0, lines[11] ?? ''), ['unreadable']],
    ['a line that is none', lines.with(2, line(1).replace('"salt"', '"sold"')), ['unreadable', 'missing 1']],
    ['another log', lines.with(0, (lines[0] ?? '').replace('access', 'other')), ['no export of this log']],
  ];
  it.each(cases)('names %s', (_, changed, expected) => {
    expect(changed).not.toEqual(lines);
    const findings = verifyExport(changed, log, witness);
    for (const finding of expected) expect(findings).toContain(finding);
    expect(findings.filter((finding) => !finding.startsWith('patientGap')).sort()).toEqual([...expected].sort());
  });

  it('refuses the frozen proof with any character changed', () => {
    fc.assert(
      fc.property(fc.nat(vectors.proof.length - 1), anyOf('A0z-"\\ }'), (at, character) => {
        fc.pre(vectors.proof[at] !== character);
        const changed = vectors.proof.slice(0, at) + character + vectors.proof.slice(at + 1);
        let read: ReturnType<typeof verifyProof>;
        try {
          read = verifyProof(changed, log, witness);
        } catch {
          return;
        }
        // All that can be changed is what the witness said: then it isn't believed.
        expect(read.witnessedAt).toBeNull();
      }),
      { numRuns: manyRuns },
    );
  });
});

describe('the second verifier and the package agree', () => {
  it('on what an entry is', async () => {
    const { decodeEntry, encodeEntry } = await import('../../src/index.ts');
    const isEntry = (text: string): boolean => {
      try {
        decodeEntry(Buffer.from(text));
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(
        anyEntry,
        fc.nat(),
        fc.constantFrom('', ' ', '"', '\\', ',', '0', 'a', '}', ':null'),
        (entry, at, put) => {
          const text = new TextDecoder().decode(encodeEntry(entry));
          expect(readEntry(text)).toEqual(entry);
          const place = at % text.length;
          const changed = text.slice(0, place) + put + text.slice(place + 1);
          expect(readEntry(changed) !== null).toBe(isEntry(changed));
        },
      ),
      { numRuns: manyRuns },
    );
  });

  it('on fresh logs', async () => {
    const { log: logKey, witnesses } = await trust();
    const keys = [logKey, ...witnesses].map((key) => readKey(formatVerifierKey(key)));
    for (const size of [0, 1, 2, 7, 64, 129]) {
      const { leaves } = SampleLog.of(size);
      const checkpoints = [await checkpointOf(leaves.slice(0, size >> 1)), await checkpointOf(leaves)];
      const exported = (of: readonly LoggedLeaf[]) => [
        formatExportHeader({ origin, size }),
        ...of.map(formatLeafLine),
        ...checkpoints.map(formatCheckpointLine),
      ];
      const [log = witness, witnessKey = witness] = keys;
      expect(verifyExport(exported(leaves), log, witnessKey)).toEqual([]);
      if (size > 2) expect(verifyExport(exported(leaves.slice(1)), log, witnessKey)).toEqual(['missing 0']);
    }
  });
});

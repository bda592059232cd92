import { beforeAll, describe, expect, it } from 'vitest';
import {
  appendLeaves,
  commit,
  consistencyPath,
  cosignedAt,
  decodeEntry,
  type Entry,
  emptyRange,
  encodeEntry,
  encodeSignedCheckpoint,
  formatCheckpointLine,
  formatExportHeader,
  formatLeafLine,
  formatProvenEntry,
  fromBase64url,
  portableTreeHasher as hasher,
  inclusionPath,
  isCheckpointLine,
  type LogTrust,
  parseCheckpointLine,
  parseExportHeader,
  parseLeafLine,
  parseProvenEntry,
  parseSignedCheckpoint,
  parseVerifierKey,
  rootOf,
  type Subtree,
  signedByLog,
  toBase64url,
  verifyConsistency,
  verifyInclusion,
  verifyLog,
  verifyProvenEntry,
} from '../src/index.ts';
import vectors from './vectors/v1.json' with { type: 'json' };

const bytes = (text: string) => fromBase64url(text, 'export');
const utf8 = (text: string) => new TextEncoder().encode(text);
const trust: LogTrust = {
  log: parseVerifierKey(vectors.logKey, hasher.sha256),
  witnesses: [parseVerifierKey(vectors.witnessKey, hasher.sha256)],
  requireWitness: true,
};

/** What was logged when version 1 was fixed verifies for ever, in every runtime. */
describe('the frozen vectors of version 1', () => {
  it.each(vectors.entries.map((vector, index) => ({ index, ...vector })))('entry $index', (vector) => {
    const entry = vector.entry as Entry;
    expect(new TextDecoder().decode(encodeEntry(entry))).toBe(vector.spelling);
    expect(decodeEntry(utf8(vector.spelling))).toEqual(entry);
    const commitment = commit(bytes(vector.salt), encodeEntry(entry), hasher);
    expect(toBase64url(commitment)).toBe(vector.commitment);
    expect(toBase64url(hasher.leaf(commitment))).toBe(vector.leafHash);
  });

  describe('the tree', () => {
    const { roots, inclusion, consistency } = vectors.tree;
    const rootAt = new Map(roots.map(({ size, root }) => [size, bytes(root)]));
    const root = (size: number) => rootAt.get(size) ?? hasher.empty;
    const leaf = (index: number) => {
      const data = new Uint8Array(4);
      new DataView(data.buffer).setUint32(0, index);
      return hasher.leaf(hasher.sha256(data));
    };
    let leaves: Uint8Array[];
    beforeAll(() => {
      leaves = Array.from({ length: Math.max(...rootAt.keys()) }, (_, index) => leaf(index));
    });
    const rootOfPart = ({ start, length }: Subtree) =>
      toBase64url(rootOf(appendLeaves(emptyRange, leaves.slice(start, start + length), hasher), hasher));

    it('has these roots', () => {
      let range = emptyRange;
      for (const { size, root: expected } of roots) {
        range = appendLeaves(range, leaves.slice(range.size, size), hasher);
        expect(toBase64url(rootOf(range, hasher)), `${size}`).toBe(expected);
      }
    });

    it.each(inclusion)('proves $index of $size', ({ index, size, proof }) => {
      expect(inclusionPath(index, size).map(rootOfPart)).toEqual(proof);
      const known = rootAt.get(size) ?? bytes(rootOfPart({ start: 0, length: size }));
      expect(verifyInclusion(leaf(index), index, size, proof.map(bytes), known, hasher)).toBe(true);
    });

    it.each(consistency)('proves that $size begins with $old', ({ old, size, proof }) => {
      expect(consistencyPath(old, size).map(rootOfPart)).toEqual(proof);
      expect(verifyConsistency(old, root(old), size, root(size), proof.map(bytes), hasher)).toBe(true);
    });
  });

  it('a checkpoint, signed and cosigned', async () => {
    const { signed, cosigned, cosignedAt: expected } = vectors.checkpoint;
    const [alone, witnessed] = [signed, cosigned].map((text) => parseSignedCheckpoint(utf8(text)));
    if (!alone || !witnessed) throw new Error('there are two');
    expect(await signedByLog(alone, trust.log)).toBe(true);
    expect(await signedByLog(witnessed, trust.log)).toBe(true);
    for (const witness of trust.witnesses) {
      expect(await cosignedAt(alone, witness)).toBeNull();
      expect(await cosignedAt(witnessed, witness)).toBe(expected);
    }
    expect(encodeSignedCheckpoint(witnessed)).toEqual(utf8(cosigned));
  });

  it('an export with an erased entry', async () => {
    const [first = '', ...lines] = vectors.export;
    const header = parseExportHeader(first);
    expect(formatExportHeader(header)).toBe(first);
    const leaves = lines.filter((line) => !isCheckpointLine(line)).map(parseLeafLine);
    const checkpoints = lines.filter(isCheckpointLine).map(parseCheckpointLine);
    expect([...leaves.map(formatLeafLine), ...checkpoints.map(formatCheckpointLine)]).toEqual(lines);
    expect(leaves[vectors.erased]?.content).toBeNull();
    expect(await verifyLog(header.size, leaves, checkpoints, trust, hasher)).toEqual({
      size: 10,
      erased: 1,
      checkpointed: 10,
      witnessed: 10,
      findings: [],
    });
  });

  it('a proof', async () => {
    const proven = parseProvenEntry(vectors.proof);
    expect(formatProvenEntry(proven)).toBe(vectors.proof);
    expect(await verifyProvenEntry(proven, trust, hasher)).toEqual({
      tag: 'proven',
      entry: vectors.entries[4]?.entry,
      witnessedAt: vectors.checkpoint.cosignedAt,
    });
  });
});

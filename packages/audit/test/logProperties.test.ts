import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  appendLeaves,
  type CompactRange,
  commit,
  consistencyPath,
  cosign,
  type Entry,
  emptyRange,
  encodeEntry,
  type Finding,
  portableTreeHasher as hasher,
  inclusionPath,
  type LoggedLeaf,
  type LogTrust,
  nextInChain,
  noteKeyTypes,
  type PatientHead,
  rootOf,
  type Subtree,
  signCheckpoint,
  toBase64url,
  verifyConsistency,
  verifyInclusion,
  verifyLog,
  withSignature,
} from '../src/index.ts';
import { createSigner, sampleDraft } from './samples.ts';

const bytes = (seed: number, length: number) =>
  Uint8Array.from({ length }, (_, i) => (seed * 31 + i * 7 + (seed >> 8)) & 255);

/** A log of `size` entries about a few patients, in memory. */
function makeLog(size: number, patients = 3): LoggedLeaf[] {
  const heads = new Map<string, PatientHead>();
  return Array.from({ length: size }, (_, index) => {
    const patient = index % (patients + 1) === 0 ? null : `patient-${index % (patients + 1)}`;
    const chain = patient === null ? { patientSequence: null, patientPrevious: null } : nextInChain(heads.get(patient));
    const entry: Entry = { v: 1, id: toBase64url(bytes(index + 1, 16)), ...sampleDraft, patient, ...chain };
    const salt = bytes(index + 77, 32);
    const encoded = encodeEntry(entry);
    const commitment = commit(salt, encoded, hasher);
    if (patient !== null)
      heads.set(patient, { sequence: chain.patientSequence ?? 0, commitment: toBase64url(commitment) });
    return { index, commitment, content: { entry, encoded, salt } };
  });
}

const leafHashes = (log: readonly LoggedLeaf[]) => log.map(({ commitment }) => hasher.leaf(commitment));
const range = (hashes: readonly Uint8Array[]): CompactRange => appendLeaves(emptyRange, hashes, hasher);
const rootAmong = (hashes: readonly Uint8Array[]) => (part: Subtree) =>
  rootOf(range(hashes.slice(part.start, part.start + part.length)), hasher);

const logKey = createSigner('example.org/log', noteKeyTypes.ed25519);
const witnessKey = createSigner('example.org/witness', noteKeyTypes.cosignatureV1);

async function checkpointOf(log: readonly LoggedLeaf[]) {
  const root = rootOf(range(leafHashes(log)), hasher);
  const signed = await signCheckpoint({ origin: 'example.org/log', size: log.length, root }, await logKey);
  return withSignature(signed, await cosign(signed.checkpoint, await witnessKey, 1_800_000_000));
}
const trust = async (): Promise<LogTrust> => ({
  log: (await logKey).key,
  witnesses: [(await witnessKey).key],
  requireWitness: true,
});
const tags = (findings: readonly Finding[]) => findings.map(({ tag }) => tag);

describe('the tree', () => {
  it('is the same however its leaves arrive', () => {
    const hashes = leafHashes(makeLog(120));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 0, max: 120 }), (a, b) => {
        const [first, second] = [Math.min(a, b), Math.max(a, b)];
        const grown = appendLeaves(range(hashes.slice(0, first)), hashes.slice(first, second), hasher);
        expect(grown).toEqual(range(hashes.slice(0, second)));
      }),
      { numRuns: 2000 },
    );
  });

  it('proves any entry at any size, and refuses the proof with anything changed', () => {
    const hashes = leafHashes(makeLog(150));
    const root = rootAmong(hashes);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 150 }), fc.nat(), fc.nat(), fc.nat(255), (size, pick, where, flip) => {
        const index = pick % size;
        const leaf = hashes[index] ?? hasher.empty;
        const whole = root({ start: 0, length: size });
        const proof = inclusionPath(index, size).map(root);
        expect(verifyInclusion(leaf, index, size, proof, whole, hasher)).toBe(true);
        expect(proof.length).toBeLessThanOrEqual(Math.ceil(Math.log2(size)));
        const other = Uint8Array.from(leaf);
        other[where % 32] = (other[where % 32] ?? 0) ^ (flip || 1);
        expect(verifyInclusion(other, index, size, proof, whole, hasher)).toBe(false);
        if (size > 1) expect(verifyInclusion(leaf, (index + 1) % size, size, proof, whole, hasher)).toBe(false);
        expect(verifyInclusion(leaf, index, size, [...proof, leaf], whole, hasher)).toBe(false);
        if (proof.length > 0) expect(verifyInclusion(leaf, index, size, proof.slice(1), whole, hasher)).toBe(false);
        const bent = proof.map((hash, i) =>
          i === where % proof.length ? hash.with(where % 32, (hash[where % 32] ?? 0) ^ (flip || 1)) : hash,
        );
        if (proof.length > 0) expect(verifyInclusion(leaf, index, size, bent, whole, hasher)).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });

  it('proves that a log only grew, and no other pair of trees', () => {
    const hashes = leafHashes(makeLog(150));
    const root = rootAmong(hashes);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 150 }), fc.integer({ min: 0, max: 150 }), fc.nat(), (a, b, where) => {
        const [old, size] = [Math.min(a, b), Math.max(a, b)];
        const proof = consistencyPath(old, size).map(root);
        const [oldRoot, whole] = [root({ start: 0, length: old }), root({ start: 0, length: size })];
        expect(verifyConsistency(old, oldRoot, size, whole, proof, hasher)).toBe(true);
        const bent = oldRoot.with(where % 32, (oldRoot[where % 32] ?? 0) ^ 1);
        expect(verifyConsistency(old, bent, size, whole, proof, hasher)).toBe(false);
        if (old > 0 && old < size) {
          expect(verifyConsistency(old, oldRoot, size, whole.with(0, (whole[0] ?? 0) ^ 1), proof, hasher)).toBe(false);
          expect(verifyConsistency(old, oldRoot, size, whole, [...proof, oldRoot], hasher)).toBe(false);
          expect(verifyConsistency(old, oldRoot, size, whole, proof.slice(1), hasher)).toBe(false);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('verifying a whole log', () => {
  it('finds nothing in an honest one', async () => {
    const log = makeLog(60);
    const checkpoints = [await checkpointOf(log.slice(0, 20)), await checkpointOf(log)];
    const report = await verifyLog(log, checkpoints, await trust(), hasher);
    expect(report).toEqual({ size: 60, erased: 0, checkpointed: 60, witnessed: 60, findings: [] });
  });

  it('finds any single change', async () => {
    const log = makeLog(40);
    const checkpoints = [await checkpointOf(log.slice(0, 10)), await checkpointOf(log)];
    const known = await trust();
    const changes = {
      editedEntry: (index: number) => log.with(index, withEntry(log[index], { actor: 'staff-9' })),
      editedSalt: (index: number) => log.with(index, withSalt(log[index])),
      editedCommitment: (index: number) => {
        const leaf = log[index];
        if (!leaf) return log;
        return log.with(index, { ...leaf, commitment: leaf.commitment.with(3, (leaf.commitment[3] ?? 0) ^ 8) });
      },
      removedContent: (index: number) => {
        const leaf = log[index];
        return leaf ? log.with(index, { ...leaf, content: null }) : log;
      },
      removedLeaf: (index: number) => log.toSpliced(index, 1),
      duplicated: (index: number) => log.toSpliced(index, 0, ...log.slice(index, index + 1)),
      swapped: (index: number) => {
        const [a, b] = [log[index], log[(index + 7) % 40]];
        return a && b ? log.with(index, b).with((index + 7) % 40, a) : log;
      },
      truncated: (index: number) => log.slice(0, index),
    };
    const kinds = Object.keys(changes) as (keyof typeof changes)[];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...kinds), fc.nat(39), async (kind, index) => {
        const report = await verifyLog(changes[kind](index), checkpoints, known, hasher);
        expect(report.findings.length, kind).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });

  it('names what was done, and where', async () => {
    const log = makeLog(40);
    const checkpoints = [await checkpointOf(log)];
    const verify = async (changed: readonly LoggedLeaf[]) =>
      (await verifyLog(changed, checkpoints, await trust(), hasher)).findings;
    const [third, fifth] = [log[3], log[5]];
    if (!third?.content || !fifth?.content) throw new Error('the sample log has contents');

    expect(await verify(log.with(3, withEntry(third, { actor: 'staff-9' })))).toEqual([{ tag: 'edited', index: 3 }]);
    expect(await verify(log.with(3, { ...third, content: null }))).toContainEqual({ tag: 'removed', index: 3 });
    const exchanged = log.with(3, { ...third, content: fifth.content }).with(5, { ...fifth, content: third.content });
    expect(await verify(exchanged)).toEqual([
      { tag: 'reordered', index: 3, belongsAt: 5 },
      { tag: 'reordered', index: 5, belongsAt: 3 },
    ]);
    expect(await verify(log.with(3, { ...third, content: fifth.content }))).toContainEqual({
      tag: 'duplicated',
      index: 3,
      firstAt: 5,
    });
    expect(await verify(log.slice(0, 30))).toEqual([{ tag: 'rollback', size: 30, stated: 40 }]);
    expect(tags(await verify(makeLog(40, 5)))).toEqual(['fork']);
  });

  it('takes an erasure that is on record, and no other', async () => {
    const log = makeLog(12);
    const gone = log[4];
    if (!gone) throw new Error('the sample log has contents');
    const erasure = (before: string): LoggedLeaf => {
      const entry: Entry = {
        v: 1,
        id: toBase64url(bytes(900, 16)),
        ...sampleDraft,
        action: 'audit.erase',
        resource: 'entry:4',
        before,
        patientSequence: null,
        patientPrevious: null,
      };
      const encoded = encodeEntry(entry);
      const salt = bytes(901, 32);
      return { index: 12, commitment: commit(salt, encoded, hasher), content: { entry, encoded, salt } };
    };
    const erased = [...log.with(4, { ...gone, content: null }), erasure(toBase64url(gone.commitment))];
    const report = await verifyLog(erased, [await checkpointOf(erased)], await trust(), hasher);
    expect(report.findings).toEqual([]);
    expect(report.erased).toBe(1);
    const lied = [...log.with(4, { ...gone, content: null }), erasure(toBase64url(bytes(5, 32)))];
    const second = await verifyLog(lied, [await checkpointOf(lied)], await trust(), hasher);
    expect(second.findings).toContainEqual({ tag: 'removed', index: 4 });
  });

  it('trusts neither a stranger as log nor one as witness', async () => {
    const log = makeLog(5);
    const stranger = await createSigner('example.org/log', noteKeyTypes.ed25519);
    const root = rootOf(range(leafHashes(log)), hasher);
    const forged = await signCheckpoint({ origin: 'example.org/log', size: 5, root }, stranger);
    expect(tags((await verifyLog(log, [forged], await trust(), hasher)).findings)).toEqual(['forged']);
    const alone = await signCheckpoint({ origin: 'example.org/log', size: 5, root }, await logKey);
    const liar = await createSigner('example.org/witness', noteKeyTypes.cosignatureV1);
    const cosigned = withSignature(alone, await cosign(alone.checkpoint, liar, 1_800_000_000));
    expect(tags((await verifyLog(log, [cosigned], await trust(), hasher)).findings)).toEqual(['unwitnessed']);
  });
});

function withEntry(leaf: LoggedLeaf | undefined, change: Partial<Entry>): LoggedLeaf {
  if (!leaf?.content) throw new Error('the sample log has contents');
  const entry = { ...leaf.content.entry, ...change };
  return { ...leaf, content: { ...leaf.content, entry, encoded: encodeEntry(entry) } };
}

function withSalt(leaf: LoggedLeaf | undefined): LoggedLeaf {
  if (!leaf?.content) throw new Error('the sample log has contents');
  return { ...leaf, content: { ...leaf.content, salt: leaf.content.salt.with(0, (leaf.content.salt[0] ?? 0) ^ 1) } };
}

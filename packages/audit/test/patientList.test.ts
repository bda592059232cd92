import { manyRuns } from '@sotto/browsers/runs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Entry,
  portableTreeHasher as hasher,
  inclusionPath,
  type LoggedLeaf,
  type ProvenEntry,
  type ShownPlace,
  toBase64url,
  verifyLog,
  verifyPatientList,
} from '../src/index.ts';
import { bytes, checkpointOf, leafHashes, rootAmong, SampleLog, trust } from './sampleLog.ts';
import { sampleDraft, sampleEntry } from './samples.ts';

const about = (patient: string) => ({ ...sampleDraft, patient });
const erasure = (of: LoggedLeaf): Entry =>
  sampleEntry({
    id: toBase64url(bytes(900 + of.index, 16)),
    action: 'audit.erase',
    resource: `entry:${of.index}`,
    before: toBase64url(of.commitment),
  });

/** Of patient-1 at 0, 2, 4, 6, 8 and of patient-2 between; those at `erased` are erased, as 10 and so on say. */
async function shown(erased: readonly number[] = []) {
  const log = new SampleLog();
  for (let i = 0; i < 10; i += 1) log.append(about(i % 2 === 0 ? 'patient-1' : 'patient-2'));
  for (const index of erased) log.appendEntry(erasure(leafOf(log, index)));
  const leaves = log.leaves.map((leaf) => (erased.includes(leaf.index) ? { ...leaf, content: null } : leaf));
  const root = rootAmong(leafHashes(leaves));
  const checkpoint = await checkpointOf(leaves);
  const prove = (index: number): ProvenEntry => {
    const leaf = leaves[index];
    if (!leaf) throw new Error('the log has so many');
    return { leaf, proof: inclusionPath(index, leaves.length).map(root), checkpoint };
  };
  const place = (index: number): ShownPlace =>
    erased.includes(index)
      ? { tag: 'erased', gone: prove(index), record: prove(10 + erased.indexOf(index)) }
      : { tag: 'entry', proven: prove(index) };
  return { prove, place, places: [0, 2, 4, 6, 8].map(place) };
}

function leafOf(log: SampleLog, index: number): LoggedLeaf {
  const leaf = log.leaves[index];
  if (!leaf) throw new Error('the log has so many');
  return leaf;
}

const check = async (places: readonly ShownPlace[]) => verifyPatientList('patient-1', places, await trust(), hasher);
const refused = (at: number, reason: string) => ({ tag: 'refused', at, reason });

describe('a patient’s list', () => {
  it('is unbroken if nothing is left out, whatever was erased', async () => {
    for (const erased of [[], [0], [4], [8], [0, 2], [2, 4, 6]]) {
      const verdict = await check((await shown(erased)).places);
      expect(verdict).toMatchObject({ tag: 'unbroken' });
      const places = verdict.tag === 'unbroken' ? verdict.places : [];
      expect(places.map(({ index, entry }) => (entry ? index : -1 - index))).toEqual(
        [0, 2, 4, 6, 8].map((index) => (erased.includes(index) ? -1 - index : index)),
      );
      expect(places.every(({ witnessedAt }) => witnessedAt === 1_800_000_000)).toBe(true);
    }
    expect(await check([])).toEqual({ tag: 'unbroken', places: [] });
  });

  it('tells where one is left out, unless it is the last', async () => {
    const { places } = await shown();
    for (const at of [0, 1, 2, 3]) expect(await check(places.toSpliced(at, 1))).toEqual(refused(at, 'gap'));
    expect(await check(places.toSpliced(4, 1))).toMatchObject({ tag: 'unbroken' });
    const erased = await shown([2, 6]);
    for (const at of [1, 3]) expect(await check(erased.places.toSpliced(at, 1))).toEqual(refused(at, 'gap'));
  });

  it('says so of what is another patient’s, twice there, or out of order', async () => {
    const { places, place } = await shown();
    expect(await check(places.with(2, place(3)))).toEqual(refused(2, 'otherPatient'));
    expect(await check(places.toSpliced(2, 0, place(2)))).toEqual(refused(2, 'notInOrder'));
    expect(await check([place(2), place(0)])).toEqual(refused(0, 'gap'));
  });

  it('takes an erased place for no other, and no erasure without its proof', async () => {
    const { places, place, prove } = await shown([2, 3]);
    // Another patient's erased entry in its place: what follows doesn't link to it.
    expect(await check(places.with(1, place(3)))).toEqual(refused(2, 'gap'));
    expect(await check(places.with(1, { tag: 'entry', proven: prove(2) }))).toEqual(refused(1, 'notErased'));
    expect(await check(places.with(1, { tag: 'erased', gone: prove(2), record: prove(11) }))).toEqual(
      refused(1, 'notErased'),
    );
    expect(await check(places.with(1, { tag: 'erased', gone: prove(4), record: prove(10) }))).toEqual(
      refused(1, 'notErased'),
    );
    // Nor does a patient start over at 1 behind it.
    const whole = await shown();
    expect(await check([place(3), ...whole.places])).toMatchObject({ tag: 'refused' });
  });

  it('refuses what isn’t proven', async () => {
    const { places, prove } = await shown();
    const proven = prove(4);
    const bent = { ...proven, proof: proven.proof.slice(1) };
    expect(await check(places.with(2, { tag: 'entry', proven: bent }))).toEqual(refused(2, 'notIncluded'));
  });
});

describe('a whole log’s sequences', () => {
  /** A log of these entries' patients, counts and links; those at `erased` are erased. */
  const gaps = async (
    entries: readonly (readonly [string, number, number | null])[],
    erased: readonly number[],
  ): Promise<number[]> => {
    const log = new SampleLog();
    for (const [i, [patient, patientSequence, link]] of entries.entries()) {
      const previous = link === null ? null : leafOf(log, link).commitment;
      const patientPrevious = previous && toBase64url(previous);
      log.appendEntry(sampleEntry({ id: toBase64url(bytes(i, 16)), patient, patientSequence, patientPrevious }));
      const gone = erased.filter((index) => index === i);
      for (const index of gone) log.appendEntry(erasure(leafOf(log, index)));
    }
    const leaves = log.leaves.map((leaf) => (erased.includes(leaf.index) ? { ...leaf, content: null } : leaf));
    const { findings } = await verifyLog(leaves.length, leaves, [await checkpointOf(leaves)], await trust(), hasher);
    expect(findings.filter(({ tag }) => tag !== 'patientGap')).toEqual([]);
    return findings.flatMap((finding) => (finding.tag === 'patientGap' ? [finding.index] : []));
  };

  it('are each a chain', async () => {
    expect(
      await gaps(
        [
          ['p', 1, null],
          ['p', 2, 0],
          ['q', 1, null],
          ['p', 3, 1],
        ],
        [],
      ),
    ).toEqual([]);
    // Links to another patient's entry.
    expect(
      await gaps(
        [
          ['p', 1, null],
          ['q', 1, null],
          ['p', 2, 1],
        ],
        [],
      ),
    ).toEqual([2]);
    // Links to its own, but not the last.
    expect(
      await gaps(
        [
          ['p', 1, null],
          ['p', 2, 0],
          ['p', 3, 0],
        ],
        [],
      ),
    ).toEqual([2]);
    // The same count again, a count back, a count too far.
    expect(
      await gaps(
        [
          ['p', 1, null],
          ['p', 1, null],
        ],
        [],
      ),
    ).toEqual([1]);
    expect(
      await gaps(
        [
          ['p', 1, null],
          ['p', 3, 0],
        ],
        [],
      ),
    ).toEqual([1]);
  });

  it('jump no further than as many as can’t be read, and link to one of them', async () => {
    // The erased one stands at 1, its record at 2.
    expect(
      await gaps(
        [
          ['p', 1, null],
          ['p', 2, 0],
          ['p', 3, 1],
        ],
        [1],
      ),
    ).toEqual([]);
    expect(
      await gaps(
        [
          ['p', 1, null],
          ['p', 2, 0],
          ['p', 4, 1],
        ],
        [1],
      ),
    ).toEqual([3]);
    expect(
      await gaps(
        [
          ['p', 1, null],
          ['p', 2, 0],
          ['p', 3, 0],
        ],
        [1],
      ),
    ).toEqual([3]);
    // Before its last entry was read it explains nothing.
    expect(
      await gaps(
        [
          ['q', 1, null],
          ['p', 1, null],
          ['p', 3, 0],
        ],
        [0],
      ),
    ).toEqual([3]);
  });

  it('of any order of patients have no gap', async () => {
    const lenient = { ...(await trust()), requireWitness: false };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(2), { maxLength: 12 }), async (patients) => {
        const log = new SampleLog();
        for (const patient of patients) log.append(about(`patient-${patient}`));
        const { findings } = await verifyLog(log.leaves.length, log.leaves, [], lenient, hasher);
        expect(findings).toEqual([]);
      }),
      { numRuns: manyRuns },
    );
  });
});

import { manyRuns } from '@sotto/browsers/runs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cosign,
  decodeEntry,
  type Entry,
  encodeEntry,
  type Finding,
  portableTreeHasher as hasher,
  type LoggedLeaf,
  noteKeyTypes,
  rootOf,
  signCheckpoint,
  toBase64url,
  verifyLog,
  withSignature,
} from '../src/index.ts';
import { bytes, checkpointOf, leafHashes, origin, rangeOf, SampleLog, signedAlone, trust } from './sampleLog.ts';
import { createSigner, sampleDraft, sampleEntry } from './samples.ts';

const contentOf = (leaf: LoggedLeaf | undefined) => {
  if (!leaf?.content) throw new Error('the sample log has contents');
  return { leaf, content: leaf.content };
};

const withEntry = (given: LoggedLeaf | undefined, changed: Partial<Entry>): LoggedLeaf => {
  const { leaf, content } = contentOf(given);
  const encoded = encodeEntry({ ...decodeEntry(content.encoded), ...changed });
  return { ...leaf, content: { ...content, encoded } };
};

const withContentOf = (given: LoggedLeaf | undefined, other: LoggedLeaf | undefined): LoggedLeaf => ({
  ...contentOf(given).leaf,
  content: contentOf(other).content,
});

const bent = (data: Uint8Array, at: number): Uint8Array =>
  data.with(at % data.length, (data[at % data.length] ?? 0) ^ 8);

/** As somebody would who rewrites the export: every leaf says that it stands where it stands. */
const renumbered = (leaves: readonly LoggedLeaf[]): LoggedLeaf[] => leaves.map((leaf, index) => ({ ...leaf, index }));

/** One change to a log of 40 leaves at a place, and perhaps at another. */
const changes: Record<string, (log: readonly LoggedLeaf[], at: number, other: number) => readonly LoggedLeaf[]> = {
  entry: (log, at) => log.with(at, withEntry(log[at], { actor: 'staff-9' })),
  entryByte: (log, at, other) => {
    const { leaf, content } = contentOf(log[at]);
    return log.with(at, { ...leaf, content: { ...content, encoded: bent(content.encoded, other * 7) } });
  },
  salt: (log, at, other) => {
    const { leaf, content } = contentOf(log[at]);
    return log.with(at, { ...leaf, content: { ...content, salt: bent(content.salt, other) } });
  },
  saltLength: (log, at) => {
    const { leaf, content } = contentOf(log[at]);
    return log.with(at, { ...leaf, content: { ...content, salt: content.salt.slice(1) } });
  },
  commitment: (log, at, other) => {
    const { leaf } = contentOf(log[at]);
    return log.with(at, { ...leaf, commitment: bent(leaf.commitment, other) });
  },
  content: (log, at) => log.with(at, { ...contentOf(log[at]).leaf, content: null }),
  leaf: (log, at) => log.toSpliced(at, 1),
  leafRenumbered: (log, at) => renumbered(log.toSpliced(at, 1)),
  copy: (log, at, other) => log.toSpliced(other, 0, ...log.slice(at, at + 1)),
  copyRenumbered: (log, at, other) => renumbered(log.toSpliced(other, 0, ...log.slice(at, at + 1))),
  copyOver: (log, at, other) => log.with(at, withContentOf(log[at], log[other])),
  swap: (log, at, other) => log.with(at, contentOf(log[other]).leaf).with(other, contentOf(log[at]).leaf),
  swapRenumbered: (log, at, other) =>
    renumbered(log.with(at, contentOf(log[other]).leaf).with(other, contentOf(log[at]).leaf)),
  swapContent: (log, at, other) =>
    log.with(at, withContentOf(log[at], log[other])).with(other, withContentOf(log[other], log[at])),
  index: (log, at) => log.with(at, { ...contentOf(log[at]).leaf, index: at + 100 }),
  truncated: (log, at) => log.slice(0, at),
  invented: (log, at) => {
    const invented = new SampleLog();
    for (const { content } of log.slice(0, at)) if (content) invented.appendEncoded(content.encoded);
    invented.append({ ...sampleDraft, actor: 'staff-9' });
    return renumbered([...log.slice(0, at), ...invented.leaves.slice(-1), ...log.slice(at)]);
  },
};

describe('an honest log', () => {
  it('verifies, whichever checkpoints there are', async () => {
    const { leaves } = SampleLog.of(60);
    const checkpoints = [await checkpointOf(leaves), await checkpointOf([]), await checkpointOf(leaves.slice(0, 20))];
    const report = await verifyLog(60, leaves, checkpoints, await trust(), hasher);
    expect(report).toEqual({ size: 60, erased: 0, checkpointed: 60, witnessed: 60, findings: [] });
    const lenient = { ...(await trust()), requireWitness: false };
    const grown = await verifyLog(60, leaves, checkpoints.slice(1), lenient, hasher);
    expect(grown).toEqual({ size: 60, erased: 0, checkpointed: 20, witnessed: 20, findings: [] });
    const strict = await verifyLog(60, leaves, checkpoints.slice(1), await trust(), hasher);
    expect(strict).toEqual({ ...grown, findings: [{ tag: 'uncovered', index: 20, size: 60 }] });
  });

  it('may keep a checkpoint from before it was cosigned as well', async () => {
    const { leaves } = SampleLog.of(9);
    const alone = await signedAlone(9, rootOf(rangeOf(leafHashes(leaves)), hasher));
    const report = await verifyLog(9, leaves, [alone, await checkpointOf(leaves)], await trust(), hasher);
    expect(report.findings).toEqual([]);
    expect((await verifyLog(9, leaves, [alone], await trust(), hasher)).findings).toEqual([
      { tag: 'unwitnessed', size: 9 },
      { tag: 'uncovered', index: 0, size: 9 },
    ]);
  });

  it.each([0, 9])('of %i entries that nobody signed isn’t one, where a witness is asked for', async (size) => {
    const { leaves } = SampleLog.of(size);
    const { findings, checkpointed } = await verifyLog(size, leaves, [], await trust(), hasher);
    expect(findings).toEqual([{ tag: 'uncovered', index: 0, size }]);
    expect(checkpointed).toBe(0);
  });
});

describe('a changed log', () => {
  it('is found out, whatever the change and wherever', async () => {
    const { leaves } = SampleLog.of(40);
    const checkpoints = [await checkpointOf(leaves.slice(0, 10)), await checkpointOf(leaves)];
    const known = await trust();
    const place = fc.nat(39);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(changes)), place, place, async (kind, at, other) => {
        fc.pre(at !== other);
        const changed = changes[kind]?.(leaves, at, other) ?? [];
        // Whoever rewrites a log says how long it is, or leaves that as it was.
        for (const size of [40, changed.length]) {
          const { findings } = await verifyLog(size, changed, checkpoints, known, hasher);
          expect(findings.length, kind).toBeGreaterThan(0);
        }
      }),
      { numRuns: manyRuns },
    );
  });

  describe('is told what was done, and where:', () => {
    const { leaves } = SampleLog.of(40);
    const verify = async (changed: readonly LoggedLeaf[], size = 40): Promise<readonly Finding[]> => {
      const checkpoints = [await checkpointOf(leaves.slice(0, 10)), await checkpointOf(leaves)];
      return (await verifyLog(size, changed, checkpoints, await trust(), hasher)).findings;
    };
    const cases: [string, readonly LoggedLeaf[], readonly Finding[]][] = [
      ['an edited entry', log('entry', 3), [{ tag: 'edited', index: 3 }]],
      ['an edited byte', log('entryByte', 3), [{ tag: 'edited', index: 3 }]],
      ['another salt', log('salt', 3), [{ tag: 'edited', index: 3 }]],
      ['a salt of another length', log('saltLength', 3), [{ tag: 'edited', index: 3 }]],
      ['an entry taken out', log('content', 3), [{ tag: 'removed', index: 3 }]],
      [
        'entries exchanged',
        log('swapContent', 3, 5),
        [
          { tag: 'reordered', index: 3, belongsAt: 5 },
          { tag: 'reordered', index: 5, belongsAt: 3 },
        ],
      ],
      ['an entry over another', log('copyOver', 3, 5), [{ tag: 'duplicated', index: 3, firstAt: 5 }]],
      [
        'leaves exchanged',
        log('swap', 4, 8),
        [
          { tag: 'misplaced', index: 8, place: 4 },
          { tag: 'misplaced', index: 4, place: 8 },
        ],
      ],
      ['a leaf twice', log('copy', 4, 9), [{ tag: 'repeated', index: 4 }]],
      ['a leaf taken out', log('leaf', 4), [{ tag: 'missing', index: 4, last: 4 }]],
      ['leaves taken out', leaves.toSpliced(20, 5), [{ tag: 'missing', index: 20, last: 24 }]],
      ['the last ones taken out', leaves.slice(0, 30), [{ tag: 'missing', index: 30, last: 39 }]],
      [
        'a leaf added at the end',
        [...leaves, { ...contentOf(leaves[0]).leaf, index: 40 }],
        [{ tag: 'added', index: 40 }],
      ],
      ['a leaf put in', log('copyRenumbered', 4, 9), [{ tag: 'fork', size: 10, after: 0 }]],
      ['leaves exchanged and renumbered', log('swapRenumbered', 30, 33), [{ tag: 'fork', size: 40, after: 10 }]],
    ];
    function log(kind: string, at: number, other = 5): readonly LoggedLeaf[] {
      return changes[kind]?.(leaves, at, other) ?? [];
    }

    it.each(cases)('%s', async (_, changed, expected) => {
      const findings = await verify(changed);
      for (const finding of expected) expect(findings).toContainEqual(finding);
      // A patient's own count tells as well, but nothing else may be named.
      const others = findings.filter(
        (found) => found.tag !== 'patientGap' && !expected.some((finding) => finding.tag === found.tag),
      );
      const followUps = expected.some(({ tag }) => tag === 'fork') ? ['fork', 'duplicated', 'added', 'missing'] : [];
      expect(others.filter(({ tag }) => !followUps.includes(tag))).toEqual([]);
    });

    it('a log that says itself that it is shorter', async () => {
      expect(await verify(leaves.slice(0, 30), 30)).toEqual([{ tag: 'rollback', size: 30, stated: 40 }]);
    });

    it('another log under the same name', async () => {
      const other = SampleLog.of(40, 5).leaves;
      expect(await verify(other)).toEqual([
        { tag: 'fork', size: 10, after: 0 },
        { tag: 'fork', size: 40, after: 0 },
      ]);
    });

    it('what was logged and is no entry', async () => {
      const odd = SampleLog.of(3);
      odd.appendEncoded(new TextEncoder().encode('{"a":1}'));
      const report = await verifyLog(4, odd.leaves, [await checkpointOf(odd.leaves)], await trust(), hasher);
      expect(report.findings).toEqual([{ tag: 'malformed', index: 3 }]);
    });

    it('an entry that was logged twice', async () => {
      const odd = SampleLog.of(3);
      odd.appendEntry(sampleEntry());
      odd.appendEntry(sampleEntry());
      const report = await verifyLog(5, odd.leaves, [await checkpointOf(odd.leaves)], await trust(), hasher);
      expect(report.findings).toEqual([{ tag: 'duplicated', index: 4, firstAt: 3 }]);
    });

    it('an entry that a patient was never told of', async () => {
      const odd = SampleLog.of(8);
      odd.appendEntry(sampleEntry({ patient: 'patient-1', patientSequence: 4, patientPrevious: 'A'.repeat(43) }));
      const report = await verifyLog(9, odd.leaves, [await checkpointOf(odd.leaves)], await trust(), hasher);
      expect(report.findings).toEqual([{ tag: 'patientGap', index: 8 }]);
    });
  });
});

describe('an erasure', () => {
  const erased = async (change: Partial<Entry>) => {
    const log = SampleLog.of(12);
    const gone = contentOf(log.leaves[4]).leaf;
    log.appendEntry(
      sampleEntry({
        id: toBase64url(bytes(900, 16)),
        action: 'audit.erase',
        resource: 'entry:4',
        before: toBase64url(gone.commitment),
        ...change,
      }),
    );
    const leaves = log.leaves.with(4, { ...gone, content: null });
    return verifyLog(13, leaves, [await checkpointOf(leaves)], await trust(), hasher);
  };

  it('on record explains what is gone', async () => {
    expect(await erased({})).toMatchObject({ erased: 1, checkpointed: 13, findings: [] });
  });

  it.each([
    { resource: 'entry:5' },
    { resource: 'entry:04' },
    { resource: 'entry:400' },
    { before: toBase64url(bytes(5, 32)) },
    { before: null },
    { action: 'audit.read' },
    { outcome: 'refused' as const },
    { patient: 'patient-9', patientSequence: 1 },
  ])('with %j explains nothing', async (change) => {
    expect(await erased(change)).toMatchObject({ erased: 0, findings: [{ tag: 'removed', index: 4 }] });
  });

  const record = (of: LoggedLeaf, id: number, index: number): Entry =>
    sampleEntry({
      id: toBase64url(bytes(id, 16)),
      action: 'audit.erase',
      resource: `entry:${index}`,
      before: toBase64url(of.commitment),
    });

  it.each([
    ['before', [901, 900]],
    ['behind', [900, 901]],
  ] as const)('is explained by any record of it, whatever another says %s it', async (_, ids) => {
    const log = SampleLog.of(6);
    const gone = contentOf(log.leaves[4]).leaf;
    const other = { ...gone, commitment: bytes(5, 32) };
    for (const id of ids) log.appendEntry(record(id === 900 ? gone : other, id, 4));
    const leaves = log.leaves.with(4, { ...gone, content: null });
    const report = await verifyLog(8, leaves, [await checkpointOf(leaves)], await trust(), hasher);
    expect(report).toMatchObject({ erased: 1, findings: [] });
  });

  it('of what is still there is named', async () => {
    const log = SampleLog.of(6);
    const { leaf } = contentOf(log.leaves[4]);
    log.appendEntry(record(leaf, 900, 4));
    const report = await verifyLog(7, log.leaves, [await checkpointOf(log.leaves)], await trust(), hasher);
    expect(report.findings).toEqual([{ tag: 'unerased', index: 4 }]);
  });

  it('can’t be announced', async () => {
    const log = SampleLog.of(6);
    const later = SampleLog.of(8).leaves[7];
    if (!later) throw new Error('the sample log has so many');
    log.appendEntry(record(later, 900, 7));
    const { content } = contentOf(later);
    log.appendEncoded(content.encoded);
    const all = log.leaves;
    const gone = { ...contentOf(all[7]).leaf, content: null };
    const announced = new SampleLog();
    for (const { content: own } of all.slice(0, 6)) announced.appendEncoded(own?.encoded ?? new Uint8Array());
    announced.appendEntry(record(gone, 900, 7));
    const leaves = [...announced.leaves, gone];
    const report = await verifyLog(8, leaves, [await checkpointOf(leaves)], await trust(), hasher);
    expect(report.findings).toEqual([{ tag: 'removed', index: 7 }]);
  });

  it('leaves every other proof as it was', async () => {
    const { leaves } = SampleLog.of(12);
    const without = leaves.map((leaf) => ({ ...leaf, content: null }));
    expect(rangeOf(leafHashes(without))).toEqual(rangeOf(leafHashes(leaves)));
  });
});

describe('a checkpoint', () => {
  const { leaves } = SampleLog.of(5);
  const root = rootOf(rangeOf(leafHashes(leaves)), hasher);

  it('signed by somebody else under the log’s name is forged', async () => {
    const stranger = await createSigner(origin, noteKeyTypes.ed25519);
    const forged = await signCheckpoint({ origin, size: 5, root }, stranger);
    expect((await verifyLog(5, leaves, [forged], await trust(), hasher)).findings).toEqual([
      { tag: 'forged', size: 5 },
      { tag: 'uncovered', index: 0, size: 5 },
    ]);
  });

  it('cosigned by somebody else under the witness’s name isn’t witnessed', async () => {
    const alone = await signedAlone(5, root);
    const liar = await createSigner('example.org/witness', noteKeyTypes.cosignatureV1);
    const cosigned = withSignature(alone, await cosign(alone.checkpoint, liar, 1_800_000_000));
    const report = await verifyLog(5, leaves, [cosigned], await trust(), hasher);
    expect(report).toMatchObject({ checkpointed: 5, witnessed: 0 });
    expect(report.findings).toEqual([
      { tag: 'unwitnessed', size: 5 },
      { tag: 'uncovered', index: 0, size: 5 },
    ]);
  });
});

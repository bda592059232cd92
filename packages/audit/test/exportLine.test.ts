import { manyRuns } from '@sotto/browsers/runs';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Entry,
  encodeEntry,
  formatCheckpointLine,
  formatExportHeader,
  formatLeafLine,
  formatProvenEntry,
  portableTreeHasher as hasher,
  inclusionPath,
  type ProvenEntry,
  parseCheckpointLine,
  parseExportHeader,
  parseLeafLine,
  parseProvenEntry,
  toBase64url,
  verifyErasedEntry,
  verifyProvenEntry,
} from '../src/index.ts';
import { anyEntry, anyOf } from './arbitraries.ts';
import { checkpointOf, leafHashes, rootAmong, SampleLog, trust } from './sampleLog.ts';
import { sampleEntry } from './samples.ts';

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => new Uint8Array(bytes));
const anyLeaf = fc.record({
  index: fc.maxSafeNat(),
  commitment: hash,
  content: fc.option(fc.record({ encoded: anyEntry.map(encodeEntry), salt: hash }), { nil: null }),
});

describe('a leaf line', () => {
  it('says what the leaf is, in one spelling', () => {
    fc.assert(
      fc.property(anyLeaf, (leaf) => {
        const line = formatLeafLine(leaf);
        expect(parseLeafLine(line)).toEqual(leaf);
        expect(JSON.parse(line)).toMatchObject({ index: leaf.index });
      }),
      { numRuns: manyRuns },
    );
  });

  const { leaves } = SampleLog.of(3);
  const line = leaves[1] ? formatLeafLine(leaves[1]) : '';
  it.each([
    ['a space', line.replace(',', ', ')],
    ['another order', line.replace(/^\{("commitment":"[^"]+"),(.*)\}$/, '{$2,$1}')],
    ['an unknown field', line.replace(/\}$/, ',"v":1}')],
    ['no salt', line.replace(/,"salt":"[^"]+"/, '')],
    ['a salt without an entry', line.replace(/"entry":.*,"index"/, '"index"')],
    ['a negative index', line.replace('"index":1', '"index":-1')],
    ['an index with zeros', line.replace('"index":1', '"index":01')],
    ['an index that no number holds', line.replace('"index":1', '"index":9007199254740993')],
    ['a shorter commitment', line.replace(/"commitment":"./, '"commitment":"')],
    ['a commitment spelled otherwise', line.replace(/(?<="commitment":"[^"]{42})./, '_')],
    ['a line break', line.replace('Example', 'Exa\nmple')],
    ['too much', line.replace('{"action', `{${' '.repeat(8192)}"action`)],
    ['nothing', ''],
  ])('with %s is refused', (_, changed) => {
    expect(changed).not.toBe(line);
    expect(() => parseLeafLine(changed)).toThrow('export');
  });

  it('isn’t made of what is no object', () => {
    const [leaf] = leaves;
    if (!leaf?.content) throw new Error('the sample log has contents');
    const encoded = new TextEncoder().encode('{"a":1}\n{"b":2}');
    const odd = { ...leaf, content: { ...leaf.content, encoded } };
    expect(() => formatLeafLine(odd)).toThrow('entry');
  });
});

describe('the other lines', () => {
  it('are read back', async () => {
    const header = { origin: 'example.org/"log"', size: 7 };
    expect(parseExportHeader(formatExportHeader(header))).toEqual(header);
    const signed = await checkpointOf(SampleLog.of(7).leaves);
    expect(parseCheckpointLine(formatCheckpointLine(signed))).toEqual(signed);
  });

  it.each(['{"origin":"a","size":1,"v":2}', '{"origin":"a","size":"1","v":1}', '{"origin":"\\u0061","size":1,"v":1}'])(
    'as a header %s is refused',
    (line) => {
      expect(() => parseExportHeader(line)).toThrow('export');
    },
  );

  it.each(['{"checkpoint":1}', '{"checkpoint":"a","b":1}', '{"checkpoint":"no note"}'])(
    'as a checkpoint %s is refused',
    (line) => {
      expect(() => parseCheckpointLine(line)).toThrow(/export|note/);
    },
  );
});

describe('a proof that is handed to somebody', () => {
  const { leaves } = SampleLog.of(21);
  const root = rootAmong(leafHashes(leaves));
  let proven: ProvenEntry;

  beforeAll(async () => {
    const [leaf] = leaves.slice(13);
    if (!leaf) throw new Error('the sample log has so many');
    proven = { leaf, proof: inclusionPath(13, 21).map(root), checkpoint: await checkpointOf(leaves) };
  });

  it('is read back and verifies', async () => {
    const read = parseProvenEntry(formatProvenEntry(proven));
    expect(read).toEqual(proven);
    expect(await verifyProvenEntry(read, await trust(), hasher)).toMatchObject({
      tag: 'proven',
      entry: { actor: 'staff-1' },
      witnessedAt: 1_800_000_000,
    });
  });

  it('of an entry that is gone shows its erasure only with the proof of that', async () => {
    const { leaf } = proven;
    const gone = parseProvenEntry(formatProvenEntry({ ...proven, leaf: { ...leaf, content: null } }));
    const known = await trust();
    expect(await verifyProvenEntry(gone, known, hasher)).toEqual({ tag: 'gone', witnessedAt: 1_800_000_000 });
    const before = toBase64url(leaf.commitment);
    const recordOf = async (change: Partial<Entry>): Promise<ProvenEntry> => {
      const own = SampleLog.of(21);
      const record = own.appendEntry(sampleEntry({ action: 'audit.erase', resource: 'entry:13', before, ...change }));
      const hashes = rootAmong(leafHashes(own.leaves));
      return { leaf: record, proof: inclusionPath(21, 22).map(hashes), checkpoint: await checkpointOf(own.leaves) };
    };
    expect(await verifyErasedEntry(gone, await recordOf({}), known, hasher)).toMatchObject({ tag: 'erased' });
    const others: Partial<Entry>[] = [
      { resource: 'entry:12' },
      { outcome: 'failed' },
      { before: null },
      { action: 'a' },
    ];
    for (const change of others) {
      expect(await verifyErasedEntry(gone, await recordOf(change), known, hasher)).toEqual({
        tag: 'refused',
        reason: 'notErased',
      });
    }
    const record = await recordOf({});
    expect(await verifyErasedEntry(proven, record, known, hasher)).toEqual({ tag: 'refused', reason: 'notErased' });
    const unproven = { ...record, proof: record.proof.slice(1) };
    expect(await verifyErasedEntry(gone, unproven, known, hasher)).toEqual({ tag: 'refused', reason: 'notIncluded' });
  });

  it('is refused with more hashes than any log has, or half of a pair of surrogates', () => {
    const of = (length: number): string =>
      formatProvenEntry({ ...proven, proof: Array.from({ length }, () => new Uint8Array(32)) });
    expect(parseProvenEntry(of(63)).proof).toHaveLength(63);
    expect(() => parseProvenEntry(of(64))).toThrow('proof: too long');
    const line = formatCheckpointLine(proven.checkpoint).replace(/"\}$/, '— \\ud800 AAAAAAAA\\n"}');
    expect(() => parseCheckpointLine(line)).toThrow('spelling');
    expect(parseCheckpointLine(line.replace('\\ud800', 'x')).note.signatures).toHaveLength(3);
  });

  it('doesn’t verify with any character changed', async () => {
    const text = formatProvenEntry(proven);
    const known = await trust();
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), anyOf('A0z-"\\ }'), async (at, character) => {
        fc.pre(text[at] !== character);
        let read: ProvenEntry;
        try {
          read = parseProvenEntry(text.slice(0, at) + character + text.slice(at + 1));
        } catch (error) {
          expect(error).toMatchObject({ name: 'AuditFormatError' });
          return;
        }
        expect((await verifyProvenEntry(read, known, hasher)).tag).toBe('refused');
      }),
      { numRuns: manyRuns },
    );
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  decodeEntry,
  type EntryDraft,
  portableTreeHasher as hasher,
  signedByLog,
  toBase64url,
  verifyConsistency,
  verifyInclusion,
  verifyProvenEntry,
} from '../../src/index.ts';
import { sampleDraft } from '../samples.ts';
import { TestDatabase } from './database.ts';
import { createNotary, signedOf } from './logInDatabase.ts';

const draft = (change: Partial<EntryDraft> = {}): EntryDraft => ({ ...sampleDraft, ...change });

let server: TestDatabase;
beforeAll(async () => {
  server = await TestDatabase.start();
}, 120_000);
afterEach(() => server.disconnect());
afterAll(() => server.remove());

describe('a log in PostgreSQL', () => {
  it('keeps what was appended, proves it, and verifies as a whole', async () => {
    const { log, reader, database } = await server.freshLog();
    const { checkpointerOf, signer, trust, verify } = await createNotary();
    const checkpointer = checkpointerOf(database);
    const about = (i: number) => (i % 3 === 0 ? null : `patient-${i % 5}`);
    for (let i = 0; i < 700; i += 100) {
      await log.append(Array.from({ length: 100 }, (_, j) => draft({ patient: about(i + j), actor: `staff-${j}` })));
      await checkpointer.checkpoint();
    }
    const outcome = await checkpointer.checkpoint();
    expect(outcome.tag).toBe('witnessed');
    const { checkpoint } = signedOf(outcome);
    expect(checkpoint.size).toBe(700);
    expect(await signedByLog(signedOf(outcome), signer.key)).toBe(true);
    for (const index of [0, 1, 99, 100, 255, 256, 511, 512, 699]) {
      const verdict = await verifyProvenEntry(await reader.prove(index), trust, hasher);
      expect(verdict).toMatchObject({ tag: 'proven', entry: { actor: `staff-${index % 100}` } });
    }
    const [first] = await reader.checkpoints();
    if (!first) throw new Error('there are checkpoints');
    const { size, root } = first.checkpoint;
    const proof = await reader.consistency(size, 700);
    expect(verifyConsistency(size, root, 700, checkpoint.root, proof, hasher)).toBe(true);
    expect(await verify(database)).toEqual({ size: 700, erased: 0, checkpointed: 700, witnessed: 700, findings: [] });
  });

  it('makes proofs of any place at any size, over every border of what it stores', async () => {
    const { log, reader } = await server.freshLog();
    for (const length of [1, 254, 1, 1, 1024, 1024, 511]) await log.append(Array.from({ length }, () => draft()));
    const { size, root } = await reader.head();
    expect(size).toBe(2816);
    for (const index of [0, 254, 255, 256, 257, 1279, 1280, 1281, 2303, 2304, 2559, 2560, 2815]) {
      const { commitment } = await reader.leaf(index);
      const proof = await reader.inclusion(index, size);
      expect(verifyInclusion(hasher.leaf(commitment), index, size, proof, root, hasher)).toBe(true);
    }
    await expect(reader.leaf(2816)).rejects.toMatchObject({ code: 'notFound' });
    await expect(reader.prove(3)).rejects.toMatchObject({ code: 'notCovered' });
  });

  it('appends with the act or not at all', async () => {
    const { log, reader, database } = await server.freshLog();
    await expect(
      database.transaction(async (transaction) => {
        await log.appendWithin(transaction, [draft()]);
        throw new Error('the act failed');
      }),
    ).rejects.toThrow('the act failed');
    expect((await reader.head()).size).toBe(0);
    await database.transaction((transaction) => log.appendWithin(transaction, [draft()]));
    expect((await reader.head()).size).toBe(1);
  });

  it('refuses one bad draft without losing its neighbours', async () => {
    const { log, reader } = await server.freshLog();
    const results = await Promise.allSettled([
      log.append([draft()]),
      log.append([draft(), draft({ actor: 'line\nbreak' })]),
      log.append([draft()]),
      log.append([draft()]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect((await reader.head()).size).toBe(3);
  });

  it('refuses more at once than one batch holds', async () => {
    const { log } = await server.freshLog();
    await expect(log.append(Array.from({ length: 1025 }, () => draft()))).rejects.toMatchObject({
      code: 'batchTooLarge',
    });
  });

  it.each([
    ['UPDATE audit.entry SET actor = actor', true],
    ['DELETE FROM audit.entry', true],
    ['TRUNCATE audit.entry', true],
    ['UPDATE audit.commitments SET start = start', true],
    ['DELETE FROM audit.commitments', true],
    ['DELETE FROM audit.subtree', true],
    ['DELETE FROM audit.checkpoint', true],
    ['DELETE FROM audit.sequencer', true],
    ['UPDATE audit.sequencer SET size = 0', true],
    ['TRUNCATE audit.sequencer', true],
    ['INSERT INTO audit.sequencer (size, subtrees, root) VALUES (0, $$$$, sha256($$$$))', true],
    [`INSERT INTO audit.erased_head VALUES ('patient-1', 5, sha256('x'))`, true],
    ['DELETE FROM audit.erased_head', true],
    ['TRUNCATE audit.erased_head', true],
    ['SELECT audit.erase(0)', true],
    [`SELECT audit.keep_checkpoint(3, true, E'example.org/log\\n3\\nx')`, true],
    [`SELECT audit.keep_checkpoint(2, true, 'x')`, true],
    ['SELECT count(*) FROM audit.entry', false],
  ])('as the writer, %s is refused: %s', async (statement, isRefused) => {
    const { log, writer, owner } = await server.freshLog();
    await log.append([draft(), draft()]);
    const refusal =
      /permission denied|append-only|only goes forward|no erasure|no entry of|not a checkpoint|duplicate key/;
    if (!isRefused) await expect(writer.query(statement)).resolves.toBeTruthy();
    else await expect(writer.query(statement)).rejects.toThrow(refusal);
    // The schema's owner isn't held by rights, but by triggers that it would have to take away first.
    if (isRefused) await expect(owner.query(statement)).rejects.toThrow(refusal);
  });

  it('erases an entry and leaves every other proof as it was', async () => {
    const { log, reader, database, owner } = await server.freshLog();
    const { checkpointerOf, trust, verify } = await createNotary();
    const checkpointer = checkpointerOf(database);
    await log.append(Array.from({ length: 10 }, () => draft({ patient: 'patient-1' })));
    await checkpointer.checkpoint();
    const before = await Promise.all(Array.from({ length: 10 }, (_, index) => reader.prove(index)));
    const { time, actor, role, purpose, address, userAgent, session } = draft();
    const by = { time, actor, role, purpose, address, userAgent, session };
    await log.erase(4, by);
    await checkpointer.checkpoint();

    expect((await reader.leaf(4)).content).toBeNull();
    expect((await owner.query('SELECT FROM audit.entry WHERE index = 4')).rowCount).toBe(0);
    for (const [index, proven] of before.entries()) {
      const after = await reader.prove(index);
      expect(after.proof).toEqual(proven.proof);
      expect((await verifyProvenEntry(after, trust, hasher)).tag).toBe(index === 4 ? 'gone' : 'proven');
      // What was handed out before stays proven as well.
      expect((await verifyProvenEntry(proven, trust, hasher)).tag).toBe('proven');
    }
    const record = decodeEntry((await reader.leaf(10)).content?.encoded ?? new Uint8Array());
    expect(record).toMatchObject({
      action: 'audit.erase',
      resource: 'entry:4',
      before: toBase64url((await reader.leaf(4)).commitment),
    });
    expect(await verify(database)).toMatchObject({ size: 11, erased: 1, findings: [] });
    // The patient's count goes on after the last of its entries was erased, by whoever writes.
    await log.erase(9, by);
    await database.transaction((transaction) => log.appendWithin(transaction, [draft({ patient: 'patient-1' })]));
    await log.erase(12, by);
    await log.append([draft({ patient: 'patient-1' })]);
    await log.append([draft({ patient: 'patient-1' })]);
    await checkpointer.checkpoint();
    expect(await verify(database)).toMatchObject({ size: 16, erased: 3, findings: [] });
    const last = decodeEntry((await reader.leaf(15)).content?.encoded ?? new Uint8Array());
    expect(last.patientSequence).toBe(13);

    await expect(log.erase(4, by)).rejects.toMatchObject({ code: 'notFound' });
    await expect(log.erase(10, by)).rejects.toMatchObject({ code: 'notFound' });
    expect((await reader.head()).size).toBe(16);
  });
});

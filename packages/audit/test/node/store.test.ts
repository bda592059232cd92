import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type EntryDraft,
  noteKeyTypes,
  portableTreeHasher,
  signedByLog,
  toBase64url,
  verifyConsistency,
  verifyInclusion,
  verifyLog,
} from '../../src/index.ts';
import { AuditLog, Checkpointer, type WitnessClient } from '../../src/postgres/index.ts';
import { Witness, type WitnessState } from '../../src/witness/index.ts';
import { createSigner, sampleDraft } from '../samples.ts';
import { ports, TestDatabase } from './database.ts';

const draft = (change: Partial<EntryDraft> = {}): EntryDraft => ({ ...sampleDraft, ...change });

let server: TestDatabase;
beforeAll(async () => {
  server = await TestDatabase.start();
}, 120_000);
afterEach(() => server.disconnect());
afterAll(() => server.remove());

function memoryWitnessState(): WitnessState & { forget(): void } {
  const known = new Map<string, Awaited<ReturnType<WitnessState['load']>>>();
  return {
    load: (origin) => Promise.resolve(known.get(origin) ?? null),
    store: (origin, witnessed) => Promise.resolve(void known.set(origin, witnessed)),
    forget: () => known.clear(),
  };
}

async function witnessed(log: AuditLog, database: NodePgDatabase) {
  const signer = await createSigner('example.org/log', noteKeyTypes.ed25519);
  const witnessSigner = await createSigner('example.org/witness', noteKeyTypes.cosignatureV1);
  const state = memoryWitnessState();
  const witness = new Witness({
    signer: witnessSigner,
    logs: [signer.key],
    state,
    hasher: portableTreeHasher,
    now: () => 1_800_000_000,
  });
  const reach = { isUp: true };
  const client: WitnessClient = {
    key: witnessSigner.key,
    addCheckpoint: (body) => (reach.isUp ? witness.addCheckpoint(body) : Promise.reject(new Error('unreachable'))),
  };
  const checkpointer = new Checkpointer({ database, log, signer, witness: client });
  const trust = { log: signer.key, witnesses: [witnessSigner.key], requireWitness: false };
  return { checkpointer, signer, trust, reach, client };
}

describe('a log in PostgreSQL', () => {
  it('keeps what was appended, proves it, and verifies as a whole', async () => {
    const { log, database } = await server.freshLog();
    const { checkpointer, signer, trust } = await witnessed(log, database);
    const about = (i: number) => (i % 3 === 0 ? null : `patient-${i % 5}`);
    for (let i = 0; i < 700; i += 100) {
      await log.append(Array.from({ length: 100 }, (_, j) => draft({ patient: about(i + j), actor: `staff-${j}` })));
      await checkpointer.checkpoint();
    }
    const outcome = await checkpointer.checkpoint();
    expect(outcome.tag).toBe('witnessed');
    const { checkpoint } = outcome.checkpoint;
    expect(checkpoint.size).toBe(700);
    expect(await signedByLog(outcome.checkpoint, signer.key)).toBe(true);
    for (const index of [0, 1, 99, 100, 255, 256, 511, 512, 699]) {
      const proven = await log.prove(index);
      const leaf = portableTreeHasher.leaf(proven.leaf.commitment);
      const { size, root } = proven.checkpoint.checkpoint;
      expect(verifyInclusion(leaf, index, size, proven.proof, root, portableTreeHasher)).toBe(true);
      expect(proven.leaf.content?.entry.actor).toBe(`staff-${index % 100}`);
    }
    const early = await log.checkpoints();
    const [first] = early;
    if (!first) throw new Error('there are checkpoints');
    const proof = await log.consistency(first.checkpoint.size, 700);
    const roots = [first.checkpoint.root, checkpoint.root] as const;
    expect(verifyConsistency(first.checkpoint.size, roots[0], 700, roots[1], proof, portableTreeHasher)).toBe(true);
    const report = await verifyLog(log.leaves(90), early, trust, portableTreeHasher);
    expect(report).toEqual({ size: 700, erased: 0, checkpointed: 700, witnessed: 700, findings: [] });
  });

  it('never forks, however many write at once', async () => {
    const { log, database } = await server.freshLog();
    const other = new AuditLog(drizzle(server.connect(server.appUrl)), ports);
    const writes = Array.from({ length: 60 }, (_, i) =>
      (i % 2 ? log : other).append([draft({ patient: 'patient-1' }), draft({ actor: `staff-${i}` })]),
    );
    const appended = (await Promise.all(writes)).flat();
    expect(new Set(appended.map(({ index }) => index)).size).toBe(120);
    const { checkpointer, trust } = await witnessed(log, database);
    await checkpointer.checkpoint();
    const report = await verifyLog(log.leaves(), await log.checkpoints(), trust, portableTreeHasher);
    expect(report).toMatchObject({ size: 120, findings: [] });
  });

  it('appends with the act or not at all', async () => {
    const { log, database } = await server.freshLog();
    await expect(
      database.transaction(async (transaction) => {
        await log.appendWithin(transaction, [draft()]);
        throw new Error('the act failed');
      }),
    ).rejects.toThrow('the act failed');
    expect((await log.head()).size).toBe(0);
    await database.transaction((transaction) => log.appendWithin(transaction, [draft()]));
    expect((await log.head()).size).toBe(1);
  });

  it('refuses one bad draft without losing its neighbours', async () => {
    const { log } = await server.freshLog();
    const results = await Promise.allSettled([
      log.append([draft()]),
      log.append([draft({ actor: 'line\nbreak' })]),
      log.append([draft()]),
      log.append([draft()]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect((await log.head()).size).toBe(3);
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
    ['SELECT audit.erase(0, 0)', true],
    ['SELECT count(*) FROM audit.entry', false],
  ])('as the writer, %s is refused: %s', async (statement, isRefused) => {
    const { log, writer } = await server.freshLog();
    await log.append([draft(), draft()]);
    const run = writer.query(statement);
    if (isRefused) await expect(run).rejects.toThrow(/permission denied|append-only|only goes forward|no erasure/);
    else await expect(run).resolves.toBeTruthy();
  });

  it('erases an entry and leaves every other proof as it was', async () => {
    const { log, database } = await server.freshLog();
    const { checkpointer, trust } = await witnessed(log, database);
    await log.append(Array.from({ length: 10 }, () => draft({ patient: 'patient-1' })));
    await checkpointer.checkpoint();
    const before = await log.prove(5);
    const { action: _action, resource: _resource, patient: _patient, before: _before, after: _after, ...by } = draft();
    await log.erase(4, by);
    await checkpointer.checkpoint();
    expect((await log.leaf(4)).content).toBeNull();
    expect((await log.prove(5)).proof).toEqual(before.proof);
    expect(toBase64url((await log.prove(4)).leaf.commitment)).toBe(toBase64url((await log.leaf(4)).commitment));
    const report = await verifyLog(log.leaves(), await log.checkpoints(), trust, portableTreeHasher);
    expect(report).toMatchObject({ size: 11, erased: 1, findings: [] });
    await expect(log.erase(4, by)).rejects.toMatchObject({ code: 'notFound' });
  });

  it('names what an administrator of the database changed', async () => {
    const { log, database, owner } = await server.freshLog();
    const { checkpointer, trust } = await witnessed(log, database);
    await log.append(Array.from({ length: 20 }, (_, i) => draft({ actor: `staff-${i}` })));
    await checkpointer.checkpoint();
    const checkpoints = await log.checkpoints();
    const findings = async () => (await verifyLog(log.leaves(), checkpoints, trust, portableTreeHasher)).findings;
    expect(await findings()).toEqual([]);
    const superuser = await owner.connect();
    await superuser.query(
      'ALTER TABLE audit.entry DISABLE TRIGGER USER; ALTER TABLE audit.commitments DISABLE TRIGGER USER',
    );
    await superuser.query(
      `UPDATE audit.entry SET canonical = convert_to(replace(convert_from(canonical, 'UTF8'), 'staff-3', 'staff-4'), 'UTF8') WHERE index = 3`,
    );
    expect(await findings()).toEqual([{ tag: 'edited', index: 3 }]);
    await superuser.query('DELETE FROM audit.entry WHERE index = 8');
    expect(await findings()).toContainEqual({ tag: 'removed', index: 8 });
    await superuser.query(
      'UPDATE audit.entry e SET canonical = o.canonical, salt = o.salt FROM audit.entry o WHERE (e.index, o.index) IN ((10, 11), (11, 10))',
    );
    expect(await findings()).toContainEqual({ tag: 'reordered', index: 10, belongsAt: 11 });
    await superuser.query(`UPDATE audit.commitments SET hashes = set_byte(hashes, 5, 0)`);
    expect(await findings()).toContainEqual({ tag: 'fork', size: 20 });
    superuser.release();
  });
});

describe('checkpoints and the witness', () => {
  it('goes on unwitnessed while the witness is away, and catches up', async () => {
    const { log, database } = await server.freshLog();
    const { checkpointer, reach } = await witnessed(log, database);
    await log.append([draft()]);
    reach.isUp = false;
    expect((await checkpointer.checkpoint()).tag).toBe('unwitnessed');
    await log.append([draft(), draft()]);
    reach.isUp = true;
    const outcome = await checkpointer.checkpoint();
    expect(outcome).toMatchObject({ tag: 'witnessed', checkpoint: { checkpoint: { size: 3 } } });
  });

  it('refuses to sign a log that has less than was witnessed', async () => {
    const first = await server.freshLog();
    const { checkpointer, signer, client } = await witnessed(first.log, first.database);
    await first.log.append([draft(), draft(), draft()]);
    await checkpointer.checkpoint();
    // An older backup is restored: nothing in it says that there was more.
    const restored = await server.freshLog();
    await restored.log.append([draft()]);
    const again = new Checkpointer({ database: restored.database, log: restored.log, signer, witness: client });
    await expect(again.checkpoint()).rejects.toMatchObject({ code: 'rollback' });
    // Grown past what was witnessed, it still isn't the same log.
    await restored.log.append([draft(), draft(), draft()]);
    const later = new Checkpointer({ database: restored.database, log: restored.log, signer, witness: client });
    await expect(later.checkpoint()).rejects.toMatchObject({ code: 'fork' });
  });
});

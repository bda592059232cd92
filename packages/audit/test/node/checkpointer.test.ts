import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sampleDraft } from '../samples.ts';
import { TestDatabase } from './database.ts';
import { createNotary, signedOf } from './logInDatabase.ts';

let server: TestDatabase;
beforeAll(async () => {
  server = await TestDatabase.start();
}, 120_000);
afterEach(() => server.disconnect());
afterAll(() => server.remove());

const entries = (length: number) => Array.from({ length }, () => sampleDraft);

describe('checkpoints and the witness', () => {
  it('go on unwitnessed while the witness is away, and catch up', async () => {
    const { log, database, reader } = await server.freshLog();
    const { checkpointerOf, reach, verify } = await createNotary();
    const checkpointer = checkpointerOf(database);
    await log.append(entries(1));
    expect((await checkpointer.checkpoint()).tag).toBe('witnessed');
    reach.isUp = false;
    await log.append(entries(1));
    expect((await checkpointer.checkpoint()).tag).toBe('unwitnessed');
    reach.isUp = true;
    await log.append(entries(2));
    const outcome = await checkpointer.checkpoint();
    expect(outcome.tag).toBe('witnessed');
    expect(signedOf(outcome).checkpoint.size).toBe(4);
    expect((await reader.checkpoints()).map(({ checkpoint }) => checkpoint.size)).toEqual([1, 2, 4]);
    expect((await verify(database)).findings).toEqual([{ tag: 'unwitnessed', size: 2 }]);
  });

  it('sign nothing before the witness was heard', async () => {
    const { log, database, reader } = await server.freshLog();
    const { checkpointerOf, reach } = await createNotary();
    const checkpointer = checkpointerOf(database);
    await log.append(entries(3));
    reach.isUp = false;
    expect(await checkpointer.checkpoint()).toEqual({ tag: 'unsigned' });
    expect(await reader.checkpoints()).toEqual([]);
    reach.isUp = true;
    expect((await checkpointer.checkpoint()).tag).toBe('witnessed');
  });

  it('ask nobody when nothing was logged since', async () => {
    const { log, database, reader } = await server.freshLog();
    const { checkpointerOf, reach } = await createNotary();
    const checkpointer = checkpointerOf(database);
    await log.append(entries(3));
    await checkpointer.checkpoint();
    const { asked } = reach;
    expect((await checkpointer.checkpoint()).tag).toBe('witnessed');
    expect(reach.asked).toBe(asked);
    expect(await reader.checkpoints()).toHaveLength(1);
  });

  it('may come from two processes of ours', async () => {
    const { log, database, reader } = await server.freshLog();
    const { checkpointerOf, verify } = await createNotary();
    const both = [checkpointerOf(database), checkpointerOf(database)];
    for (let round = 0; round < 10; round += 1) {
      const writing = log.append(entries(3));
      await Promise.all(both.map((checkpointer) => checkpointer.checkpoint()));
      await writing;
    }
    for (const checkpointer of both) expect((await checkpointer.checkpoint()).tag).toBe('witnessed');
    expect((await reader.lastCheckpoint(true))?.checkpoint.size).toBe(30);
    expect(await verify(database)).toMatchObject({ size: 30, checkpointed: 30, findings: [] });
  });

  it('refuse a restored backup that has less than was witnessed, and sign nothing of it', async () => {
    const first = await server.freshLog();
    const { checkpointerOf } = await createNotary();
    await first.log.append(entries(3));
    await checkpointerOf(first.database).checkpoint();
    // An older backup is restored: nothing in it says that there was more.
    const restored = await server.freshLog();
    await restored.log.append(entries(1));
    const again = checkpointerOf(restored.database);
    await expect(again.checkpoint()).rejects.toMatchObject({ code: 'rollback' });
    await expect(again.checkpoint()).rejects.toMatchObject({ code: 'rollback' });
    expect(await restored.reader.checkpoints()).toEqual([]);
    // Grown past what was witnessed, it still isn't the same log; what is signed of it, the witness alone sees.
    await restored.log.append(entries(3));
    await expect(checkpointerOf(restored.database).checkpoint()).rejects.toMatchObject({ code: 'fork' });
    expect(await restored.reader.checkpoints()).toEqual([]);
  });

  it('refuse a log that was set back under their hands', async () => {
    const { log, database, owner } = await server.freshLog();
    const { checkpointerOf } = await createNotary();
    const checkpointer = checkpointerOf(database);
    await log.append(entries(1));
    await checkpointer.checkpoint();
    await log.append(entries(2));
    await checkpointer.checkpoint();
    await owner.query(`ALTER TABLE audit.sequencer DISABLE TRIGGER USER; ALTER TABLE audit.checkpoint DISABLE TRIGGER USER;
      UPDATE audit.sequencer SET size = 1; DELETE FROM audit.checkpoint WHERE size > 1`);
    await expect(checkpointer.checkpoint()).rejects.toMatchObject({ code: 'rollback' });
  });

  it('refuse a log whose past was changed', async () => {
    const { log, database, owner, reader } = await server.freshLog();
    const { checkpointerOf } = await createNotary();
    const checkpointer = checkpointerOf(database);
    await log.append(entries(3));
    await checkpointer.checkpoint();
    await owner.query(`ALTER TABLE audit.commitments DISABLE TRIGGER USER; ALTER TABLE audit.sequencer DISABLE TRIGGER USER;
      UPDATE audit.commitments SET hashes = set_byte(hashes, 5, get_byte(hashes, 5) # 1);
      UPDATE audit.sequencer SET subtrees = set_byte(subtrees, 0, get_byte(subtrees, 0) # 1)`);
    await log.append(entries(1));
    await expect(checkpointer.checkpoint()).rejects.toMatchObject({ code: 'fork' });
    expect(await reader.checkpoints()).toHaveLength(1);
  });
});

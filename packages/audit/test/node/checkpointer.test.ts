import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cosignedAt } from '../../src/index.ts';
import { formatNote } from '../../src/note.ts';
import { Checkpointer, type WitnessClient } from '../../src/postgres/index.ts';
import { createHttpWitnessClient } from '../../src/witness/index.ts';
import { sampleDraft } from '../samples.ts';
import { ports, TestDatabase } from './database.ts';
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

describe('what is said for a witness', () => {
  it('isn’t believed without its signature, nor remembered', async () => {
    const { log, database, reader } = await server.freshLog();
    const { client, signer } = await createNotary();
    const says: { answer: { status: number; body: string } | null } = { answer: null };
    const witness: WitnessClient = {
      ...client,
      addCheckpoint: (body) => (says.answer ? Promise.resolve(says.answer) : client.addCheckpoint(body)),
    };
    const checkpointer = new Checkpointer({ database, hasher: ports.hasher, signer, witness });
    await log.append(entries(3));
    // Before it was heard nobody but the witness could say that this is no old backup.
    for (const body of ['9007199254740991\n', '7\n']) {
      says.answer = { status: 409, body };
      expect(await checkpointer.checkpoint()).toEqual({ tag: 'unsigned' });
    }
    expect(await reader.checkpoints()).toEqual([]);
    says.answer = null;
    expect((await checkpointer.checkpoint()).tag).toBe('witnessed');
    await log.append(entries(1));
    says.answer = { status: 409, body: '9007199254740991\n' };
    expect((await checkpointer.checkpoint()).tag).toBe('unwitnessed');
    says.answer = { status: 422, body: '' };
    await log.append(entries(1));
    await expect(checkpointer.checkpoint()).rejects.toMatchObject({ code: 'fork' });
    says.answer = null;
    expect((await checkpointer.checkpoint()).tag).toBe('witnessed');
    expect((await reader.lastCheckpoint(true))?.checkpoint.size).toBe(5);
  });

  it('is silence if it is longer than a note', async () => {
    const server = createServer((_, response) => {
      const chunk = Buffer.alloc(16_384, 'x');
      const write = (): void => {
        while (!response.destroyed && response.write(chunk));
        response.once('drain', write);
      };
      write();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const { trust } = await createNotary();
    const [key] = trust.witnesses;
    if (!key || typeof address !== 'object' || !address) throw new Error('it listens');
    const client = createHttpWitnessClient(`http://127.0.0.1:${address.port}`, key, 60_000);
    await expect(client.addCheckpoint(new Uint8Array())).rejects.toThrow('too long');
    await expect(client.latestCheckpoint?.('x')).rejects.toThrow('too long');
    server.closeAllConnections();
    server.close();
  });
});

describe('the first checkpoint', () => {
  it.each([
    ['a root that isn’t its edge’s', `UPDATE audit.sequencer SET root = sha256('x')`],
    [
      'an edge that isn’t its leaves’',
      `UPDATE audit.commitments SET hashes = set_byte(hashes, 5, get_byte(hashes, 5) # 1)`,
    ],
  ])('isn’t made over %s', async (_, statement) => {
    const { log, database, owner, reader } = await server.freshLog();
    const { checkpointerOf } = await createNotary();
    const checkpointer = checkpointerOf(database);
    // One over nothing says nothing of what comes then.
    await checkpointer.checkpoint();
    await log.append(entries(3));
    await owner.query(
      `ALTER TABLE audit.sequencer DISABLE TRIGGER USER; ALTER TABLE audit.commitments DISABLE TRIGGER USER`,
    );
    await owner.query(statement);
    await expect(checkpointer.checkpoint()).rejects.toMatchObject({ code: 'fork' });
    await expect(checkpointerOf(database).checkpoint()).rejects.toMatchObject({ code: 'fork' });
    expect((await reader.checkpoints()).map(({ checkpoint }) => checkpoint.size)).toEqual([0]);
  });

  it('isn’t made over one that the log didn’t sign, nor is one believed to be witnessed by its column', async () => {
    const { log, database, writer, reader } = await server.freshLog();
    const { checkpointerOf, reach } = await createNotary();
    const other = await createNotary();
    await log.append(entries(3));
    await other.checkpointerOf(database).checkpoint();
    await expect(checkpointerOf(database).checkpoint()).rejects.toMatchObject({ code: 'fork' });
    const own = other.checkpointerOf(database);
    await log.append(entries(1));
    other.reach.isUp = false;
    await own.checkpoint();
    other.reach.isUp = true;
    expect(reach.asked).toBe(0);
    const [bare] = (await reader.checkpoints()).filter(({ note }) => note.signatures.length === 1);
    if (bare) await writer.query('SELECT audit.keep_checkpoint(4, true, $1)', [formatNote(bare.note)]);
    const [key] = other.trust.witnesses;
    for (let time = 0; time < 2; time += 1) {
      const outcome = await own.checkpoint();
      expect(outcome.tag).toBe('witnessed');
      expect(key && (await cosignedAt(signedOf(outcome), key))).toBe(1_800_000_000);
    }
  });
});

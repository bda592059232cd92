import { setTimeout } from 'node:timers/promises';
import { costlyRuns } from '@sotto/browsers/runs';
import { drizzle } from 'drizzle-orm/node-postgres';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AuditLog } from '../../src/postgres/index.ts';
import { sampleDraft } from '../samples.ts';
import { ports, TestDatabase } from './database.ts';
import { createNotary } from './logInDatabase.ts';

let server: TestDatabase;
beforeAll(async () => {
  server = await TestDatabase.start();
}, 120_000);
afterEach(() => server.disconnect());
afterAll(() => server.remove());

/** One call of one writer. */
const write = fc.record({
  writer: fc.nat(2),
  entries: fc.integer({ min: 1, max: 5 }),
  patient: fc.constantFrom(null, 'patient-1', 'patient-2'),
  how: fc.constantFrom('append', 'append', 'within', 'rolledBack'),
  pauseMs: fc.constantFrom(0, 0, 0, 1, 3),
});

describe('writers at once', () => {
  it('never fork the log, leave no gap, and lose nothing', async () => {
    const { database, reader } = await server.freshLog();
    const { checkpointerOf, verify } = await createNotary();
    const checkpointer = checkpointerOf(database);
    // Processes of their own, as far as the database can tell.
    const writers = [0, 1, 2].map(() => drizzle(server.connect(server.appUrl)));
    const logs = writers.map((own) => new AuditLog(own, ports));
    let expected = 0;

    await fc.assert(
      fc.asyncProperty(fc.array(write, { minLength: 2, maxLength: 12 }), async (writes) => {
        const appended = await Promise.all(
          writes.map(async ({ writer, entries, patient, how, pauseMs }) => {
            const [own, log] = [writers[writer], logs[writer]];
            if (!own || !log) throw new Error('there are three writers');
            await setTimeout(pauseMs);
            const drafts = Array.from({ length: entries }, () => ({ ...sampleDraft, patient }));
            if (how === 'append') return log.append(drafts);
            const within = own.transaction(async (transaction) => {
              const result = await log.appendWithin(transaction, drafts);
              if (how === 'rolledBack') throw new Error('the act failed');
              return result;
            });
            return how === 'within' ? within : within.catch(() => []);
          }),
        );
        const indices = appended.flat().map(({ index }) => index);
        expect(indices.sort((a, b) => a - b)).toEqual(Array.from({ length: indices.length }, (_, i) => expected + i));
        expected += indices.length;
        expect((await reader.head()).size).toBe(expected);
        // Signs only what extends what it signed before, and so does the witness.
        if (indices.length > 0) expect((await checkpointer.checkpoint()).tag).toBe('witnessed');
      }),
      { numRuns: costlyRuns(300) },
    );
    expect(await verify(database)).toMatchObject({ size: expected, checkpointed: expected, findings: [] });
  });

  it('wait for nobody who has given up', async () => {
    const { database, log, reader } = await server.freshLog();
    await database
      .transaction(async (transaction) => {
        await log.appendWithin(transaction, [sampleDraft]);
        // Would wait for this very transaction, were it written in another.
        const other = log.append([sampleDraft]);
        await setTimeout(20);
        void other.catch(() => undefined);
        throw new Error('the act failed');
      })
      .catch(() => undefined);
    await log.append([sampleDraft]);
    expect((await reader.head()).size).toBe(2);
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type EntryDraft, toBase64url } from '../../src/index.ts';
import { sampleDraft } from '../samples.ts';
import { TestDatabase } from './database.ts';
import { createNotary } from './logInDatabase.ts';

let server: TestDatabase;
beforeAll(async () => {
  server = await TestDatabase.start();
}, 120_000);
afterEach(() => server.disconnect());
afterAll(() => server.remove());

const { time, actor, role, purpose, address, userAgent, session } = sampleDraft;
const by = { time, actor, role, purpose, address, userAgent, session };

/** A log of six entries, and how the writing role's own calls would put a record of an erasure into it. */
async function started() {
  const fresh = await server.freshLog();
  await fresh.log.append(Array.from({ length: 6 }, (_, i) => ({ ...sampleDraft, patient: `patient-${i % 2}` })));
  const before = toBase64url((await fresh.reader.leaf(4)).commitment);
  const record = { ...sampleDraft, action: 'audit.erase', resource: 'entry:4', before, outcome: 'allowed' } as const;
  /** As a program would that has the role and not this package's scruples. */
  const forceRecord = async (change: Partial<EntryDraft>) => {
    await fresh.log.append([{ ...record, action: 'audit.erasx', ...change }]);
    await fresh.owner.query(`ALTER TABLE audit.entry DISABLE TRIGGER USER;
      UPDATE audit.entry SET action = 'audit.erase',
        canonical = convert_to(replace(convert_from(canonical, 'UTF8'), 'audit.erasx', 'audit.erase'), 'UTF8')
      WHERE index = 6;
      ALTER TABLE audit.entry ENABLE TRIGGER USER`);
    return fresh.owner;
  };
  /** As it would have been logged. */
  const commitRecord = async () => {
    await fresh.owner.query(`ALTER TABLE audit.commitments DISABLE TRIGGER USER;
      UPDATE audit.commitments SET hashes = (SELECT sha256(salt || canonical) FROM audit.entry WHERE index = 6)
      WHERE start = 6;
      ALTER TABLE audit.commitments ENABLE TRIGGER USER`);
  };
  return { ...fresh, record, forceRecord, commitRecord };
}

const erase = 'SELECT audit.erase(4)';

describe('an entry goes', () => {
  it('with its erasure on record', async () => {
    const { writer, forceRecord, commitRecord } = await started();
    await forceRecord({});
    await expect(writer.query(erase)).rejects.toThrow('no erasure');
    await commitRecord();
    expect((await writer.query(erase)).rowCount).toBe(1);
    await expect(writer.query(erase)).rejects.toMatchObject({ code: 'P0002' });
  });

  it.each([
    { outcome: 'refused' as const },
    { before: null },
    { before: 'A'.repeat(43) },
    { patient: 'patient-9' },
    { resource: 'entry:3' },
  ])('not with a record that says %j', async (change) => {
    const { writer, forceRecord, commitRecord } = await started();
    await forceRecord(change);
    await commitRecord();
    await expect(writer.query(erase)).rejects.toThrow('no erasure');
  });

  it('not if it is a record itself, nor if it isn’t what was logged', async () => {
    const { writer, owner, log, forceRecord, commitRecord } = await started();
    await forceRecord({});
    await commitRecord();
    await expect(log.erase(6, by)).rejects.toMatchObject({ code: 'notFound' });
    await owner.query(`ALTER TABLE audit.entry DISABLE TRIGGER USER;
      UPDATE audit.entry SET canonical = convert_to(replace(convert_from(canonical, 'UTF8'), 'staff-1', 'staff-2'), 'UTF8')
      WHERE index = 4;
      ALTER TABLE audit.entry ENABLE TRIGGER USER`);
    await expect(writer.query(erase)).rejects.toThrow('no erasure');
  });

  it('once, with one record, when two erase it at once', async () => {
    const { log, reader } = await started();
    const results = await Promise.allSettled([log.erase(4, by), log.erase(4, by)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'notFound' } });
    expect((await reader.head()).size).toBe(7);
  });

  it('and nobody records an erasure that isn’t one', async () => {
    const { log, database, record } = await started();
    await expect(log.append([record])).rejects.toMatchObject({ code: 'entry' });
    await expect(database.transaction((transaction) => log.appendWithin(transaction, [record]))).rejects.toMatchObject({
      code: 'entry',
    });
  });
});

describe('the writing role', () => {
  it.each([
    'INSERT INTO audit.entry SELECT 6, salt, canonical, time, actor, patient, action, resource FROM audit.entry WHERE index = 1',
    `INSERT INTO audit.checkpoint (size, witnessed, note) VALUES (4611686018427387904, true, 'x')`,
    'UPDATE audit.sequencer SET size = 9007199254740993',
    `INSERT INTO audit.subtree VALUES (8, 0, sha256(''))`,
    `INSERT INTO audit.commitments VALUES (6, sha256(''))`,
    'SELECT FROM audit.sequencer FOR UPDATE',
    `UPDATE audit.schema_migration SET sha256 = ''`,
  ])('can’t %s', async (statement) => {
    const { writer, log, database } = await started();
    await expect(writer.query(statement)).rejects.toThrow('permission denied');
    const { checkpointerOf } = await createNotary();
    await log.append([sampleDraft]);
    expect((await checkpointerOf(database).checkpoint()).tag).toBe('witnessed');
  });

  it('can’t stand in a place before its time', async () => {
    const { writer, reader, log } = await started();
    const { size, root } = await reader.head();
    const append = (levels: string, indices: string, ends = '{33}') =>
      writer.query(
        `SELECT audit.append($1, $2, '', sha256(''), sha256(''), '${levels}', '${indices}', sha256(''),
           convert_to(repeat('x', 33), 'UTF8'), '${ends}', '2026-11-22T08:00:00.000Z', 'a', '', 'b', 'c') AS done`,
        [size, Buffer.from(root)],
      );
    await expect(append('{8}', '{0}')).rejects.toThrow('not a batch');
    await expect(append('{}', '{}', '{33,34}')).rejects.toThrow('not a batch');
    await expect(append('{}', '{}', '{}')).rejects.toThrow('not a batch');
    // Another length, or another log of the same one.
    for (const from of [3, size]) {
      const elsewhere = await writer.query(
        `SELECT audit.append($1, sha256(''), '', sha256(''), sha256(''), '{}', '{}', '', '', '{33}', '', '', '', '', '')
           AS done`,
        [from],
      );
      expect(elsewhere.rows).toEqual([{ done: false }]);
    }
    await log.append([sampleDraft]);
    expect((await reader.head()).size).toBe(size + 1);
  });
});

describe('an error of the database', () => {
  it('carries nothing of what was to be logged', async () => {
    const { log, owner } = await started();
    await owner.query(`ALTER TABLE audit.entry ADD CONSTRAINT nobody CHECK (actor <> 'dr-secret')`);
    const fault: unknown = await log
      .append([{ ...sampleDraft, actor: 'dr-secret', patient: 'patient-secret' }])
      .catch((error: unknown) => error);
    expect(fault).toMatchObject({ name: 'AuditStoreError', code: 'unavailable', cause: { code: '23514' } });
    const seen: unknown[] = [];
    for (let each = fault; each instanceof Error; each = each.cause) {
      seen.push(each.message, each.stack, JSON.stringify(each), ...Object.getOwnPropertyNames(each));
    }
    expect(seen.join('\n')).not.toMatch(/secret|canonical|Failing row/);
  });

  it.each(['0000-01-01T00:00:00.000Z', '0050-06-01T00:00:00.000Z', '1969-12-31T23:59:59.999Z'])(
    'doesn’t come of the year of %s: that is no draft',
    async (early) => {
      const { log } = await started();
      await expect(log.append([{ ...sampleDraft, time: early }])).rejects.toMatchObject({ code: 'entry' });
    },
  );

  it('doesn’t come of a count that was planted: no such entry is made', async () => {
    const { log, owner } = await started();
    await owner.query(`ALTER TABLE audit.erased_head DISABLE TRIGGER USER;
      ALTER TABLE audit.erased_head DROP CONSTRAINT erased_head_countable;
      INSERT INTO audit.erased_head VALUES ('patient-x', 9007199254740991, sha256('x'))`);
    await expect(log.append([{ ...sampleDraft, patient: 'patient-x' }])).rejects.toMatchObject({
      code: 'countTooLarge',
    });
    await log.append([sampleDraft]);
  });
});

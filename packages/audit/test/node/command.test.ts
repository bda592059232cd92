import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatVerifierKey, noteKeyTypes, parseVerifierKey, portableTreeHasher } from '../../src/index.ts';
import { Checkpointer } from '../../src/postgres/index.ts';
import { createHttpWitnessClient, openKeyFile } from '../../src/witness/index.ts';
import { sampleDraft } from '../samples.ts';
import { audit, startWitness } from './auditCommand.ts';
import { ports, TestDatabase } from './database.ts';

let server: TestDatabase;
let folder: string;
beforeAll(async () => {
  server = await TestDatabase.start();
  folder = mkdtempSync(join(tmpdir(), 'sotto-audit-'));
}, 120_000);
afterAll(async () => {
  await server.disconnect();
  await server.remove();
  rmSync(folder, { recursive: true });
});

const at = (name: string) => join(folder, name);
const origin = 'example.org/log';

describe('npx sotto audit', () => {
  it('tells a whole story: append, witness, verify, export, prove, erase, set back', async () => {
    const { log, database, owner } = await server.freshLog();
    writeFileSync(at('database.url'), server.appUrl, { mode: 0o600 });
    const signer = await openKeyFile(at('log.pem'), origin, noteKeyTypes.ed25519);
    const logKey = formatVerifierKey(signer.key);
    let witness = await startWitness('example.org/witness', at('witness.pem'), at('state'), logKey);
    const checkpointer = () =>
      new Checkpointer({
        database,
        hasher: ports.hasher,
        signer,
        witness: createHttpWitnessClient(witness.address, parseVerifierKey(witness.key, portableTreeHasher.sha256)),
      });
    const first = checkpointer();
    for (let i = 0; i < 3; i += 1) {
      await log.append(Array.from({ length: 50 }, () => ({ ...sampleDraft, patient: 'patient-1' })));
      expect((await first.checkpoint()).tag).toBe('witnessed');
    }
    const trust = ['--log-key', logKey, '--witness-key', witness.key, '--require-witness'];
    const overDatabase = ['--database', at('database.url')];
    const overExport = ['--export', at('log.jsonl')];

    expect(await audit('export', ...overDatabase, '--origin', origin, '--out', at('log.jsonl'))).toMatchObject({
      code: 0,
      out: 'Exported 150 entries.\n',
    });
    expect(statSync(at('log.jsonl')).mode & 0o077).toBe(0);
    for (const source of [overDatabase, overExport]) {
      expect(await audit('verify', ...source, ...trust)).toEqual({
        code: 0,
        out: 'The log is whole: 150 entries, 0 of them erased; 150 under a checkpoint, 150 witnessed.\n',
        err: '',
      });
    }

    // An export is evidence: it isn't written over.
    const again = await audit('export', ...overDatabase, '--origin', origin, '--out', at('log.jsonl'));
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining('EEXIST') as string });

    // As FHIR, an event a line; of an entry that was changed nothing.
    const asFhir = (name: string) =>
      audit('export', ...overDatabase, '--origin', origin, '--out', at(name), '--format', 'fhir');
    expect(await asFhir('fhir.ndjson')).toEqual({
      ...{ code: 0, out: 'Exported 150 entries; 0 have no content any more.\n', err: '' },
    });
    const events = readFileSync(at('fhir.ndjson'), 'utf8').trimEnd().split('\n');
    expect(events).toHaveLength(150);
    expect(JSON.parse(events[77] ?? '')).toMatchObject({
      resourceType: 'AuditEvent',
      source: { observer: { display: origin } },
    });
    expect((await audit('export', ...overDatabase, '--origin', origin, '--out', at('x'), '--format', 'csv')).code).toBe(
      2,
    );

    // The same proof from the database and from the export.
    expect((await audit('prove', '77', ...overDatabase, '--out', at('proof.json'))).code).toBe(0);
    expect(await audit('prove', '77', ...overExport)).toMatchObject({
      code: 0,
      out: readFileSync(at('proof.json'), 'utf8'),
    });
    expect(await audit('prove', '--check', at('proof.json'), ...trust)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Entry 77 of 100 stands in the log; witnessed 20/) as string,
    });
    writeFileSync(at('bent.json'), readFileSync(at('proof.json'), 'utf8').replace('staff-1', 'staff-2'));
    expect(await audit('prove', '--check', at('bent.json'), ...trust)).toMatchObject({
      code: 1,
      out: 'NOT proven: the entry is not what was logged.\n',
    });

    // An erasure leaves the log whole and the proof from before as good as it was.
    await log.erase(76, {
      ...{ time: sampleDraft.time, actor: 'staff-1', role: 'privacy', purpose: null },
      ...{ address: null, userAgent: null, session: null },
    });
    await first.checkpoint();
    expect((await audit('verify', ...overDatabase, ...trust)).out).toContain('whole: 151 entries, 1 of them erased');
    expect((await audit('prove', '--check', at('proof.json'), ...trust)).code).toBe(0);
    expect((await audit('prove', '76', ...overDatabase, '--out', at('erased.json'))).code).toBe(0);
    expect((await audit('prove', '--check', at('erased.json'), ...trust)).out).toMatch(
      /^Entry 76 of 100 was logged, and was erased in order; witnessed/,
    );

    // What an erasure leaves is no proof of it by itself: whoever cut an entry out would show the same.
    writeFileSync(at('cut.json'), `${readFileSync(at('erased.json'), 'utf8').split('\n')[0] ?? ''}\n`);
    expect(await audit('prove', '--check', at('cut.json'), ...trust)).toMatchObject({
      code: 1,
      out: 'Entry 76 of 100 is NOT shown: something was logged there, and no proof of its erasure lies beside.\n',
    });
    const [gone = '', record = ''] = readFileSync(at('erased.json'), 'utf8').split('\n');
    writeFileSync(at('cut.json'), `${readFileSync(at('proof.json'), 'utf8')}${record}\n`);
    expect((await audit('prove', '--check', at('cut.json'), ...trust)).out).toContain('no erasure of this very entry');
    expect(await audit('export', ...overDatabase, '--origin', origin, '--out', at('after.jsonl'))).toMatchObject({
      code: 0,
    });
    expect((await audit('prove', '76', '--export', at('after.jsonl'))).out).toBe(`${gone}\n${record}\n`);

    // The witness is another process: it remembers what it has seen when it is started again.
    await witness.stop();
    witness = await startWitness('example.org/witness', at('witness.pem'), at('state'), logKey);
    const [state = ''] = readdirSync(at('state'));

    // The database is set back to before the last checkpoints, so that nothing in it tells.
    await owner.query(`
      ${['entry', 'commitments', 'checkpoint', 'sequencer'].map((table) => `ALTER TABLE audit.${table} DISABLE TRIGGER USER;`).join('')}
      DELETE FROM audit.entry WHERE index >= 50; DELETE FROM audit.commitments WHERE start >= 50;
      DELETE FROM audit.checkpoint WHERE size > 50; DELETE FROM audit.sequencer;`);
    const earlier = await rangeOfFirst(owner, 50);
    await owner.query('INSERT INTO audit.sequencer (size, subtrees, root) VALUES (50, $1, $2)', earlier);
    expect((await audit('verify', ...overDatabase, ...trust)).code).toBe(0);
    // What the witness keeps is a checkpoint to hold against it.
    const behind = await audit('verify', ...overDatabase, ...trust, '--checkpoint', join(at('state'), state));
    expect(behind).toMatchObject({ code: 1 });
    expect(behind.out).toContain('- The log has 50 entries, but a checkpoint states 151: entries at the end are gone.');
    // And the log isn't signed any more.
    await expect(checkpointer().checkpoint()).rejects.toMatchObject({ code: 'rollback' });
    await witness.stop();
  });

  it.each([
    [['nothing'], 'no such command'],
    [['verify'], 'Either --database or --export'],
    [['verify', '--export', 'x', '--log-key', 'y'], "--log-key isn't such a key"],
    [['verify', '--export', '/nowhere'], '--log-key is needed'],
    [['verify', '--wrong'], 'option'],
    [['export', '--database', 'x'], '--origin and --out'],
    [['prove', '--database', 'x'], 'Which entry'],
    [['prove', '1'], 'Either --database or --export'],
    [['prove', '1', '--database', '/nowhere/url'], "can't be reached (ENOENT)"],
    [['witness'], '--name'],
  ])('answers %j plainly', async (args, sentence) => {
    const { code, out, err } = await audit(...args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(sentence);
  });

  it('explains itself when asked', async () => {
    const { code, out } = await audit('help');
    expect(code).toBe(0);
    for (const name of ['verify', 'export', 'prove', 'witness']) expect(out).toContain(`npx sotto audit ${name}`);
  });

  it('will not use a key that others can read', async () => {
    writeFileSync(at('open.pem'), readFileSync(at('log.pem')), { mode: 0o644 });
    await expect(openKeyFile(at('open.pem'), origin, noteKeyTypes.ed25519)).rejects.toThrow('chmod 600');
  });
});

/** The sequencer's row as it once was. */
async function rangeOfFirst(owner: ReturnType<TestDatabase['connect']>, size: number) {
  const { appendLeaves, emptyRange, rootOf } = await import('../../src/index.ts');
  const { rows } = await owner.query<{ hashes: Buffer }>('SELECT hashes FROM audit.commitments ORDER BY start');
  const joined = Buffer.concat(rows.map(({ hashes }) => hashes));
  const leaves = Array.from({ length: size }, (_, i) => ports.hasher.leaf(joined.subarray(32 * i, 32 * (i + 1))));
  const range = appendLeaves(emptyRange, leaves, ports.hasher);
  return [Buffer.concat(range.subtrees), Buffer.from(rootOf(range, ports.hasher))];
}

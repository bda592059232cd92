import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditCommand } from '../../src/command/main.ts';
import {
  encodeSignedCheckpoint,
  formatVerifierKey,
  noteKeyTypes,
  parseVerifierKey,
  portableTreeHasher,
} from '../../src/index.ts';
import { Checkpointer } from '../../src/postgres/index.ts';
import { createHttpWitnessClient, openKeyFile } from '../../src/witness/index.ts';
import { sampleDraft } from '../samples.ts';
import { TestDatabase } from './database.ts';

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

async function run(...args: string[]) {
  const said = { out: '', err: '' };
  const code = await auditCommand(args, {
    out: (text) => (said.out += text),
    err: (text) => (said.err += text),
    stop: AbortSignal.timeout(60_000),
  });
  return { code, ...said };
}

/** Runs `sotto audit witness` until the test is over. */
async function startWitness(logKey: string) {
  const stop = new AbortController();
  let out = '';
  const ended = auditCommand(
    [
      'witness',
      '--name',
      'example.org/witness',
      '--key',
      at('witness.pem'),
      '--state',
      at('state'),
      '--log-key',
      logKey,
    ],
    { out: (text) => (out += text), err: () => undefined, stop: stop.signal },
  );
  await expect.poll(() => out).toMatch(/http/);
  const [key = '', address = ''] = out.trim().split('\n');
  const end = () => {
    stop.abort();
    return ended;
  };
  return { key, address, stop: end };
}

describe('npx sotto audit', () => {
  it('tells a whole story: append, witness, export, verify, prove, tamper', async () => {
    const { log, database, owner } = await server.freshLog();
    writeFileSync(at('database.url'), server.appUrl, { mode: 0o600 });
    const signer = await openKeyFile(at('log.pem'), 'example.org/log', noteKeyTypes.ed25519);
    const logKey = formatVerifierKey(signer.key);
    const witness = await startWitness(logKey);
    const client = createHttpWitnessClient(witness.address, parseVerifierKey(witness.key, portableTreeHasher.sha256));
    const checkpointer = new Checkpointer({ database, log, signer, witness: client });
    for (let i = 0; i < 3; i += 1) {
      await log.append(Array.from({ length: 50 }, () => ({ ...sampleDraft, patient: 'patient-1' })));
      expect((await checkpointer.checkpoint()).tag).toBe('witnessed');
    }
    const trust = ['--log-key', logKey, '--witness-key', witness.key];

    const verified = await run('verify', '--database', at('database.url'), ...trust);
    expect(verified).toMatchObject({
      code: 0,
      out: expect.stringContaining('The log is whole: 150 entries') as string,
    });
    expect(verified.out).toContain('150 witnessed');

    expect(
      (await run('export', '--database', at('database.url'), '--origin', 'example.org/log', '--out', at('log.jsonl')))
        .code,
    ).toBe(0);
    expect((await run('verify', '--export', at('log.jsonl'), ...trust)).code).toBe(0);
    expect(statSync(at('log.jsonl')).mode & 0o077).toBe(0);

    expect((await run('prove', '77', '--database', at('database.url'), '--out', at('proof.json'))).code).toBe(0);
    const proven = await run('prove', '--check', at('proof.json'), ...trust, '--require-witness');
    expect(proven).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Entry 77 of 100 stands in the log; witnessed/) as string,
    });

    const lines = readFileSync(at('log.jsonl'), 'utf8').split('\n');
    writeFileSync(at('edited.jsonl'), lines.with(5, (lines[5] ?? '').replace('staff-1', 'staff-2')).join('\n'));
    const edited = await run('verify', '--export', at('edited.jsonl'), ...trust);
    expect(edited).toMatchObject({ code: 1, out: expect.stringContaining('Entry 4 was edited') as string });
    writeFileSync(at('shorter.jsonl'), lines.toSpliced(5, 1).join('\n'));
    expect((await run('verify', '--export', at('shorter.jsonl'), ...trust)).code).not.toBe(0);

    const proof = readFileSync(at('proof.json'), 'utf8');
    writeFileSync(at('bent.json'), proof.replace('staff-1', 'staff-2'));
    expect(await run('prove', '--check', at('bent.json'), ...trust)).toMatchObject({ code: 1 });

    // The database is set back to before the last checkpoint; the witness's own copy shows it.
    const last = await log.lastCheckpoint(true);
    if (!last) throw new Error('there is a checkpoint');
    writeFileSync(at('last.checkpoint'), encodeSignedCheckpoint(last));
    await owner.query(`ALTER TABLE audit.entry DISABLE TRIGGER USER; ALTER TABLE audit.commitments DISABLE TRIGGER USER;
      ALTER TABLE audit.checkpoint DISABLE TRIGGER USER; ALTER TABLE audit.sequencer DISABLE TRIGGER USER;
      DELETE FROM audit.entry WHERE index >= 100; DELETE FROM audit.commitments WHERE start >= 100;
      DELETE FROM audit.checkpoint WHERE size > 100; UPDATE audit.sequencer SET size = 100`);
    expect((await run('verify', '--database', at('database.url'), ...trust)).code).toBe(0);
    const behind = await run(
      'verify',
      '--database',
      at('database.url'),
      ...trust,
      '--checkpoint',
      at('last.checkpoint'),
    );
    expect(behind).toMatchObject({ code: 1, out: expect.stringContaining('entries at the end are gone') as string });
    await witness.stop();
  });

  it.each([
    [['nothing'], 'no such command'],
    [['verify'], 'Either --database or --export'],
    [['verify', '--export', 'x', '--log-key', 'y'], 'format of a log'],
    [['verify', '--export', '/nowhere'], '--log-key is needed'],
    [['verify', '--wrong'], 'option'],
    [['prove', '--database', 'x'], 'Which entry'],
    [['prove', '1', '--database', '/nowhere/url'], "can't be reached (ENOENT)"],
    [['witness'], '--name'],
  ])('answers %j plainly', async (args, sentence) => {
    const { code, err } = await run(...args);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
  });

  it('will not use a key that others can read', async () => {
    writeFileSync(at('open.pem'), readFileSync(at('log.pem')), { mode: 0o644 });
    await expect(openKeyFile(at('open.pem'), 'example.org/log', noteKeyTypes.ed25519)).rejects.toThrow('chmod 600');
  });
});

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditedLog, auditedLog, origin } from './auditedLog.ts';
import { sotto, startUntilSaid } from './sotto.ts';

/** The command as a person runs it; what each finding looks like, packages/audit tests. */
describe('npx sotto audit', () => {
  let log: AuditedLog;
  beforeAll(async () => {
    log = await auditedLog();
  });
  afterAll(() => log.remove());

  const audit = async (...args: string[]) => {
    const { code, out, said } = await sotto(['audit', ...args]);
    return { code, out: out.toString(), said };
  };
  const whole = 'The log is whole: 30 entries, 0 of them erased; 30 under a checkpoint, 30 witnessed.\n';

  it('verifies over the database, exports, and verifies over the export', async () => {
    const database = ['--database', log.database];
    expect(await audit('verify', ...database, ...log.trust)).toEqual({ code: 0, out: whole, said: '' });
    expect(await audit('export', ...database, '--origin', origin, '--out', log.at('log'))).toEqual({
      code: 0,
      out: 'Exported 30 entries.\n',
      said: '',
    });
    const verified = await audit('verify', '--export', log.at('log'), ...log.trust, '--checkpoint', log.checkpoint);
    expect(verified).toEqual({ code: 0, out: whole, said: '' });
  });

  it('proves an entry to somebody who checks it', async () => {
    expect((await audit('prove', '17', '--database', log.database, '--out', log.at('proof'))).code).toBe(0);
    expect(await audit('prove', '17', '--export', log.at('log'))).toEqual({
      code: 0,
      out: readFileSync(log.at('proof'), 'utf8'),
      said: '',
    });
    expect(await audit('prove', '--check', log.at('proof'), ...log.trust)).toEqual({
      code: 0,
      out: 'Entry 17 of 20 stands in the log; witnessed 2027-01-15T08:00:00.000Z.\n',
      said: '',
    });
    writeFileSync(log.at('bent'), readFileSync(log.at('proof'), 'utf8').replace('staff-17', 'staff-18'));
    expect(await audit('prove', '--check', log.at('bent'), ...log.trust)).toEqual({
      code: 1,
      out: 'NOT proven: the entry is not what was logged.\n',
      said: '',
    });
  });

  it('ends with 1 and says what is wrong when the export was changed', async () => {
    const changed = readFileSync(log.at('log'), 'utf8').replace('staff-17', 'staff-18');
    writeFileSync(log.at('changed'), changed);
    expect(await audit('verify', '--export', log.at('changed'), ...log.trust)).toEqual({
      code: 1,
      out:
        'The log is NOT whole: 1 finding (30 entries, 0 of them erased; 30 under a checkpoint, 30 witnessed).\n' +
        "- Entry 17 was edited: it isn't what was logged.\n",
      said: '',
    });
  });

  it('ends with 1 and says what is wrong when the database was changed', async () => {
    await log.asOwner('DELETE FROM audit.entry WHERE index = 4');
    expect(await audit('verify', '--database', log.database, ...log.trust)).toEqual({
      code: 1,
      out:
        'The log is NOT whole: 1 finding (30 entries, 0 of them erased; 30 under a checkpoint, 30 witnessed).\n' +
        '- Entry 4 was removed: it is gone and no erasure is on record.\n',
      said: '',
    });
  });

  it('ends with 2 and a plain sentence when it can’t be carried out', async () => {
    for (const [args, sentence] of [
      [['verify'], 'Either --database or --export is needed.'],
      [['verify', '--export', log.at('nowhere'), ...log.trust], "can't be reached (ENOENT)"],
      [['verify', '--export', log.at('log'), '--log-key', 'x'], "--log-key isn't such a key"],
      [['nothing'], 'There is no such command.'],
    ] as const) {
      const { code, out, said } = await audit(...args);
      expect(code).toBe(2);
      expect(out).toBe('');
      expect(said).toContain(sentence);
      expect(said).not.toMatch(/\bat .*\.ts:\d/);
    }
  });

  it('is a witness until it is told to stop', async () => {
    const [key, state] = [log.at('witness.pem'), log.at('state')];
    const options = ['--name', 'other.example', '--key', key, '--state', state, '--log-key', log.logKey];
    const witness = await startUntilSaid(['audit', 'witness', ...options], /^http.*\n/m);
    const [verifierKey = '', address = ''] = witness.out.trim().split('\n');
    expect(verifierKey).toMatch(/^other\.example\+[0-9a-f]{8}\+B/);
    const note = readFileSync(log.checkpoint, 'utf8');
    const ask = (text: string) => fetch(`${address}/add-checkpoint`, { method: 'POST', body: text });
    // It hasn't seen this log yet, and every log begins with nothing.
    const answer = await ask(`old 0\n\n${note}`);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toMatch(/^— other\.example /);
    // What it keeps is what it has cosigned.
    const [kept = ''] = readdirSync(state);
    const over = ['--export', log.at('log'), '--log-key', log.logKey, '--witness-key', verifierKey];
    expect((await audit('verify', ...over, '--checkpoint', join(state, kept))).out).toBe(whole);
    const again = await ask(`old 0\n\n${note}`);
    expect([again.status, await again.text()]).toEqual([409, '30\n']);
    expect((await ask('nonsense')).status).toBe(400);
    expect((await fetch(`${address}/`)).status).toBe(404);
    expect(await witness.stop()).toBe(0);
  });
});

import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Cancelled, faultSentence, StartError } from '../errors.ts';
import { countInterruptions } from './interruption.ts';
import { lastWords } from './lastWords.ts';
import { createProgress } from './progress.ts';
import { readyJson, readyText } from './readyReport.ts';

function sink(isTTY: boolean) {
  let written = '';
  return { isTTY, columns: 0, write: (text: string) => (written += text), text: () => written };
}

describe('progress', () => {
  it('gives each step a line with its time and how it ended', async () => {
    const to = sink(false);
    const progress = createProgress(to, () => 0);
    await progress.step('certificates', () => Promise.resolve());
    await progress.step('client', async (report) => report('unchanged'));
    await progress.step('api', () => Promise.reject(new StartError('no'))).catch(() => undefined);
    await progress.step('sfu', () => Promise.reject(new Cancelled())).catch(() => undefined);
    progress.note('api runs again');
    expect(to.text()).toBe(
      [
        '    0.0 s  certificates: done',
        '    0.0 s  client: unchanged',
        '    0.0 s  api: failed',
        '    0.0 s  sfu: stopped',
        'api runs again',
        '',
      ].join('\n'),
    );
  });

  it('keeps a line up to date on a terminal, and leaves one behind', async () => {
    const to = sink(true);
    await createProgress(to, () => 1500).step('worker', async (report) => {
      report('building');
      await delay(250);
      report('built');
    });
    expect(to.text()).toContain('\r\u001b[K    0.0 s  worker: building');
    expect(to.text().endsWith('\r\u001b[K    0.0 s  worker: built\n')).toBe(true);
  });
});

describe('steps that overlap', () => {
  it('share the line of what is going on, and end each with its own', async () => {
    const to = sink(true);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const progress = createProgress(to, () => 0);
    const both = Promise.all([progress.step('api', () => promise), progress.step('sfu', () => delay(20))]);
    await delay(300);
    expect(to.text()).toContain('    0.0 s  api, sfu');
    expect(to.text()).toContain('    0.0 s  sfu: done\n');
    resolve(undefined);
    await both;
    expect(to.text().endsWith('    0.0 s  api: done\n')).toBe(true);
  });
});

describe('requests to end', () => {
  it('are one while they come together, and urgent when repeated', () => {
    let now = 0;
    const seen: string[] = [];
    const interrupted = countInterruptions({ stop: () => seen.push('stop'), kill: () => seen.push('kill') }, () => now);
    for (const at of [1_000, 1_004, 1_020, 1_700]) {
      now = at;
      interrupted();
    }
    expect(seen).toEqual(['stop', 'kill']);
  });
});

describe('the last words of a process', () => {
  const line = (fields: object) => JSON.stringify({ level: 'info', event: 'serving', ...fields });
  it.each([
    [
      'a refusal',
      [line({}), line({ level: 'fatal', event: 'startFailed', sentence: 'Port 1 is in use.' })],
      'Port 1 is in use.',
    ],
    [
      'a crash',
      [line({ level: 'error', event: 'crashed', errorName: 'TypeError', errorCode: 'E1' }), line({})],
      'crashed (TypeError, E1)',
    ],
    [
      "Node's own",
      ['file.ts:1', '', 'RangeError [ERR_X]: too long', '    at f', '', 'Node.js v24'],
      'RangeError [ERR_X]: too long',
    ],
    ['a plain line', ['Killed'], 'last log line: Killed'],
    ['nothing grave', [line({})], 'last log line: serving'],
    ['nothing', [''], ''],
  ])('are %s', (_, lines, words) => {
    expect(lastWords(lines.join('\n'))).toBe(words);
  });
});

describe('a fault', () => {
  const system = (code: string, path?: string) =>
    Object.assign(new Error(`${code}: x`), { code, ...(path ? { path } : {}) });
  it.each([
    [system('EACCES', '/srv/x'), /^No permission to use \/srv\/x: check who owns it/],
    [system('EROFS', '/srv/x'), /^\/srv\/x is on a read-only disk/],
    [system('EMFILE'), /ulimit -n 4096/],
    [system('ENOMEM'), /^There is not enough memory/],
    [system('EAGAIN'), /^The system allows no more processes/],
    [new TypeError('x is not a function\n at y'), /^Unexpected: x is not a function \(this is a defect in Sotto\)\.$/],
    ['thrown text', /^Something unexpected was thrown/],
  ])('%s is one line that says what to do', (fault, sentence) => {
    expect(faultSentence(fault)).toMatch(sentence);
    expect(faultSentence(fault)).not.toContain('\n');
  });
});

describe('what is told when ready', () => {
  const ready = {
    web: 'https://localhost:8443',
    signaling: 'https://localhost:8444',
    ca: '/data/certificates/ca.pem',
    demo: {
      physician: { email: 'a@clinic.example', password: 'secret-words', name: 'Dr A' },
      colleague: { email: 'b@clinic.example', name: 'Dr B' },
      officers: [{ email: 'c@clinic.example', name: 'C' }],
      admin: { email: 'd@clinic.example', name: 'D' },
      visitId: 'v',
      patientLink: 'https://localhost:8443/join#s',
      patientBirthDate: '1968-04-21',
    },
    recoveryShares: undefined,
  };
  it('is one line of JSON for programs', () => {
    expect(readyJson(ready).match(/\n/g)).toHaveLength(1);
    expect(JSON.parse(readyJson(ready))).toEqual({ ready: true, ...ready });
  });

  it('is where to go for a person, and what browsers still need', () => {
    const text = readyText(ready, { isNeeded: true, isShared: true });
    for (const part of [
      ready.web,
      'a@clinic.example',
      'secret-words',
      'Dr B, b@clinic.example',
      'C, c@clinic.example',
      'https://localhost:8443/en/passkeys',
      'npm run keystore -- officers',
      ready.demo.patientLink,
      'born on 1968-04-21',
      'npm run trust',
      ready.ca,
    ]) {
      expect(text).toContain(part);
    }
    expect(readyText(ready, { isNeeded: false, isShared: false })).not.toMatch(/trust|authority|shares/);
  });

  it('is where the recovery shares still lie, until somebody takes them away', () => {
    const text = readyText(
      { ...ready, recoveryShares: '/data/keystore/recovery-shares' },
      { isNeeded: false, isShared: false },
    );
    expect(text).toContain('/data/keystore/recovery-shares');
  });

  it('is free of the recovery shares where programs read it', () => {
    expect(readyJson({ ...ready, recoveryShares: '/data/keystore/recovery-shares' })).not.toContain('shares');
  });
});

import { rmSync } from 'node:fs';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { StartError } from '@sotto/service/errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { negotiateLocale } from '../src/acceptLanguage.ts';
import { contentPolicy } from '../src/contentPolicy.ts';
import { readExportedClient } from '../src/exportedClient.ts';
import { signalingUrl, startClinic, type TestClinic } from './clinic.ts';
import { clientFiles, writeExampleClient } from './exampleClient.ts';

let clinic: TestClinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.close());

const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  clinic.visitor().send('GET', path, { headers });

describe('the client', () => {
  it('is served page by page, each with its own policy and never from a cache', async () => {
    const answer = await get('/es/join/');
    expect([answer.status, answer.body.toString()]).toEqual([200, clientFiles['es/join/index.html']]);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
    const policy = String(answer.headers['content-security-policy']);
    const directives: Record<string, string> = {};
    for (const text of policy.split('; ')) directives[text.split(' ', 1)[0] ?? ''] = text;
    const hash = (letter: string) => `'sha256-${letter.repeat(43)}='`;
    expect(directives).toMatchObject({
      'default-src': "default-src 'none'",
      'script-src': `script-src 'self' ${hash('s')}`,
      'style-src-elem': `style-src-elem 'self' ${hash('t')}`,
      'style-src-attr': `style-src-attr 'unsafe-hashes' ${hash('a')}`,
      'connect-src': "connect-src 'self' https://localhost:9444 wss://localhost:9444",
      'worker-src': "worker-src 'self'",
      'base-uri': "base-uri 'none'",
      'form-action': "form-action 'none'",
      'frame-ancestors': "frame-ancestors 'none'",
      'require-trusted-types-for': "require-trusted-types-for 'script'",
      'trusted-types': 'trusted-types default',
    });
    expect(policy).not.toMatch(/unsafe-inline|unsafe-eval|\*/);
  });

  it('may connect to the storage where browsers upload to it themselves, and to nothing more', () => {
    const page = { scripts: [], styles: [], integrity: [], styleAttrs: [] };
    const connects = (storageOrigin: string | null) =>
      /connect-src ([^;]+)/.exec(contentPolicy(page, { signalingUrl, storageOrigin }))?.[1];
    const own = "'self' https://localhost:9444 wss://localhost:9444";
    expect(connects(null)).toBe(own);
    expect(connects('https://store.example:7480')).toBe(`${own} https://store.example:7480`);
  });

  it('has scripts that workers may be, without reach to any server', async () => {
    const answer = await get('/_next/static/chunks/main-abc.js');
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(answer.headers['content-type']).toBe('text/javascript; charset=utf-8');
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self'");
    expect(policy).not.toMatch(/connect-src|trusted-types/);
  });

  it('is compressed where the browser takes it, and says so to caches', async () => {
    const path = '/_next/static/chunks/main-abc.js';
    const plain = clientFiles['_next/static/chunks/main-abc.js'];
    const br = await get(path, { 'accept-encoding': 'gzip, deflate, br' });
    expect([br.headers['content-encoding'], br.headers['vary']]).toEqual(['br', 'Accept-Encoding']);
    expect(br.body.length).toBeLessThan(plain.length / 10);
    expect(brotliDecompressSync(br.body).toString()).toBe(plain);
    const gzip = await get(path, { 'accept-encoding': 'gzip, br;q=0' });
    expect(gunzipSync(gzip.body).toString()).toBe(plain);
    expect((await get(path)).body.toString()).toBe(plain);
    const font = await get('/_next/static/media/inter.woff2', { 'accept-encoding': 'br' });
    expect(font.headers['content-encoding']).toBeUndefined();
  });

  it('is not sent again where the browser has it', async () => {
    const { headers } = await get('/favicon.ico');
    expect(headers['cache-control']).toBe('no-cache');
    const again = await get('/favicon.ico', { 'if-none-match': String(headers['etag']) });
    expect([again.status, again.body.length]).toEqual([304, 0]);
  });

  it('answers HEAD without a body', async () => {
    const answer = await clinic.visitor().send('HEAD', '/en/');
    expect([answer.status, answer.body.length]).toEqual([200, 0]);
  });

  it.each([
    ['/', undefined, '/en/'],
    ['/', 'es-MX,es;q=0.9,en;q=0.8', '/es/'],
    ['/join', 'es', '/es/join/'],
    ['/join/', 'de, en;q=0.5', '/en/join/'],
    ['/join?x=1', 'fr', '/en/join/'],
  ])('sends %s with the language %s to %s', async (path, language, target) => {
    const answer = await get(path, language === undefined ? {} : { 'accept-language': language });
    expect([answer.status, answer.headers['location']]).toEqual([302, target]);
    expect(answer.headers['vary']).toBe('Accept-Language');
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('adds the slash that a page’s address has', async () => {
    const answer = await get('/es/join');
    expect([answer.status, answer.headers['location']]).toEqual([308, '/es/join/']);
  });

  it.each([
    ['/es/nothing/', undefined, 'es/404/index.html'],
    ['/en/nothing', 'es', 'en/404/index.html'],
    ['/nothing', 'es', 'es/404/index.html'],
    ['/csp.json', undefined, 'en/404/index.html'],
    ['/%2e%2e/%2e%2e/etc/passwd', undefined, 'en/404/index.html'],
    ['/..%2f..%2fpackage.json', undefined, 'en/404/index.html'],
    ['/en/../../package.json', undefined, 'en/404/index.html'],
    ['//evil.example/', undefined, 'en/404/index.html'],
    ['/__proto__', undefined, 'en/404/index.html'],
  ] as const)('has for %s its page for what is missing', async (path, language, page) => {
    const answer = await get(path, language === undefined ? {} : { 'accept-language': language });
    expect([answer.status, answer.body.toString()]).toEqual([404, clientFiles[page]]);
    expect(answer.headers['content-security-policy']).toContain('require-trusted-types-for');
  });
});

describe('a folder', () => {
  const refusalOf = (changes: Record<string, string | undefined>) => {
    const root = writeExampleClient(changes);
    try {
      readExportedClient(root, { signalingUrl, storageOrigin: null });
      return undefined;
    } catch (fault) {
      return fault;
    } finally {
      rmSync(root, { recursive: true });
    }
  };

  it.each([
    ['without policies', { 'csp.json': undefined }],
    ['with broken policies', { 'csp.json': '{' }],
    [
      'with a policy that is no hash',
      {
        'csp.json': JSON.stringify({
          '/en/index.html': { scripts: ["'unsafe-inline'"], styles: [], integrity: [], styleAttrs: [] },
        }),
      },
    ],
    ['with a page without a policy', { 'en/new/index.html': '<p>new</p>' }],
    ['without English pages', { 'en/index.html': undefined }],
  ])('%s is not served', (_, changes) => {
    expect(refusalOf(changes)).toBeInstanceOf(StartError);
  });
});

describe('negotiateLocale', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['*', 'en'],
    ['ES', 'es'],
    ['en;q=0.1, es;q=0.2', 'es'],
    ['es;q=0, fr', 'en'],
    ['es;q=x', 'es'],
    [`${'x,'.repeat(5000)}es`, 'en'],
  ])('takes %s for %s', (header, locale) => {
    expect(negotiateLocale(header, ['en', 'es'])).toBe(locale);
  });
});

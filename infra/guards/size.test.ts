import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { measurePage, overBudget } from './clientSize.ts';

const kilobyte = (): string => randomBytes(512).toString('hex');

describe('the size budget', () => {
  let out: string;

  beforeEach(() => {
    out = mkdtempSync(join(tmpdir(), 'sotto-size-'));
    const chunks = join(out, '_next', 'static', 'chunks');
    mkdirSync(chunks, { recursive: true });
    mkdirSync(join(out, 'en', 'join'), { recursive: true });
    writeFileSync(
      join(out, 'en', 'join', 'index.html'),
      '<link rel="preload" as="script" href="/_next/static/chunks/a.js"><script src="/_next/static/chunks/b.js?x" async></script><script noModule src="/_next/static/chunks/elsewhere.js"></script>',
    );
    writeFileSync(join(chunks, 'a.js'), `/* ${kilobyte()} */ load("static/chunks/call.js")`);
    writeFileSync(join(chunks, 'b.js'), `/* ${kilobyte()} */ load("static/chunks/a.js")`);
    writeFileSync(join(chunks, 'call.js'), `/* ${kilobyte()} */ load("static/chunks/worker.js")`);
    writeFileSync(join(chunks, 'worker.js'), `/* ${kilobyte()} */`);
    writeFileSync(join(chunks, 'elsewhere.js'), `/* ${kilobyte().repeat(20)} */`);
  });

  afterEach(() => rmSync(out, { recursive: true, force: true }));

  it('counts what the page loads at once, and what that loads later', () => {
    const { first, later } = measurePage(out, '/en/join/');
    expect(first).toBeGreaterThan(1024);
    expect(first).toBeLessThan(2048);
    expect(later).toBeGreaterThan(1024);
    expect(later).toBeLessThan(2048);
  });

  it('catches a client that has grown, in either part', () => {
    expect(overBudget(out, { '/en/join/': { first: 2048, later: 2048 } })).toEqual([]);
    expect(overBudget(out, { '/en/join/': { first: 1000, later: 2048 } })).toHaveLength(1);
    expect(overBudget(out, { '/en/join/': { first: 1000, later: 1000 } })).toHaveLength(2);
  });

  it('refuses a page without scripts', () => {
    writeFileSync(join(out, 'en', 'join', 'index.html'), '<p>Not found</p>');
    expect(() => measurePage(out, '/en/join/')).toThrow('loads no script');
  });
});

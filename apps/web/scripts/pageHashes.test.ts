import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashesOf } from './pageHashes.ts';

const source = (content: string) => `'sha256-${createHash('sha256').update(content).digest('base64')}'`;

describe('the hashes of a page', () => {
  it('name each inline script, and the integrity of those with an address', () => {
    const page =
      '<head><script>first()</script><script src="/_next/static/chunks/a.js" integrity="sha256-abc"></script></head>';
    expect(hashesOf(page)).toMatchObject({ scripts: [source('first()')], integrity: ["'sha256-abc'"] });
  });

  it('name styles and style attributes as a browser reads them, and none that stand inside of scripts', () => {
    const page = '<style>a{}</style><p style="font:&quot;x&quot;">t</p><script>"<p style=\\"no\\">"</script>';
    const hashes = hashesOf(page);
    expect(hashes.styles).toContain(source('a{}'));
    expect(hashes.styleAttrs).toEqual([source('font:"x"')]);
  });

  it('refuse a script from elsewhere', () => {
    expect(() => hashesOf('<script src="https://elsewhere.example/a.js"></script>')).toThrow();
  });

  it('refuse an inline event handler', () => {
    expect(() => hashesOf('<body onload="run()">')).toThrow();
  });
});

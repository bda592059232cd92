import { createHash } from 'node:crypto';

/** What a page's content security policy has to allow by hash; each entry is a CSP source such as `'sha256-…'`. */
export interface PageHashes {
  scripts: string[];
  styles: string[];
  /** Integrity of the scripts that the page names. */
  integrity: string[];
  styleAttrs: string[];
}

/**
 * Styles that react-aria writes into the page while it runs: touch behaviour of what can be pressed, and on iOS the
 * scroll lock under a dialog. `postbuild` checks that the built chunks still contain them.
 */
export const runtimeStyles = [
  '@layer {\n  [data-react-aria-pressable] {\n    touch-action: pan-x pan-y pinch-zoom;\n  }\n}',
  '@layer {\n  * {\n    overscroll-behavior: contain;\n  }\n}',
] as const;

export const sha256 = (content: string | Uint8Array, encoding: 'hex' | 'base64') =>
  createHash('sha256').update(content).digest(encoding);

const source = (content: string) => `'sha256-${sha256(content, 'base64')}'`;

const sorted = (sources: Iterable<string>) => [...new Set(sources)].sort();

const decoded = (attribute: string) =>
  attribute
    .replaceAll('&quot;', '"')
    .replaceAll('&#x27;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

const scriptElements = /<script\b([^>]*)>([\s\S]*?)<\/script>/gi;

/**
 * Reads one page of the export.
 * @throws Error for what no policy should allow: a script from elsewhere, an inline event handler
 */
export function hashesOf(html: string): PageHashes {
  const scripts: string[] = [];
  const integrity: string[] = [];
  for (const [, attributes = '', body = ''] of html.matchAll(scriptElements)) {
    const address = /\ssrc="([^"]+)"/i.exec(attributes)?.[1];
    if (address === undefined) {
      if (body) scripts.push(source(body));
      continue;
    }
    if (!address.startsWith('/_next/static/')) throw new Error(`a script from ${address}`);
    const expected = /\sintegrity="([^"]+)"/i.exec(attributes)?.[1];
    if (expected) integrity.push(`'${expected}'`);
  }
  const markup = html.replace(scriptElements, '');
  if (/<[^>]+\son[a-z]+="/i.test(markup)) throw new Error('an inline event handler');
  const styles = [...markup.matchAll(/<style\b[^>]*>([\s\S]*?)<\/style>/gi)].map(([, body = '']) => source(body));
  const styleAttrs = [...markup.matchAll(/<[a-z][^>]*?\sstyle="([^"]*)"/gi)].map(([, value = '']) =>
    source(decoded(value)),
  );
  return {
    scripts: sorted(scripts),
    styles: sorted([...styles, ...runtimeStyles.map(source)]),
    integrity: sorted(integrity),
    styleAttrs: sorted(styleAttrs),
  };
}

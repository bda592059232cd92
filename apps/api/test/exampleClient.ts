import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const hash = (letter: string) => `'sha256-${letter.repeat(43)}='`;
const page = { scripts: [hash('s')], styles: [hash('t')], integrity: [hash('i')], styleAttrs: [hash('a')] };

export const clientFiles = {
  'en/index.html': '<p>home</p>',
  'en/join/index.html': '<p>join</p>',
  'en/404/index.html': '<p>missing</p>',
  'es/index.html': '<p>inicio</p>',
  'es/join/index.html': '<p>entrar</p>',
  'es/404/index.html': '<p>falta</p>',
  '404.html': '<p>missing</p>',
  '_next/static/chunks/main-abc.js': `export const text = '${'x'.repeat(2000)}';`,
  '_next/static/media/inter.woff2': 'font',
  'favicon.ico': 'icon',
  'manifest.json': '{}',
} as const;

/** Writes an export of a client, as the build leaves it, with some changes. */
export function writeExampleClient(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'sotto-client-'));
  const pages = Object.keys(clientFiles).filter((path) => path.endsWith('.html'));
  const policies = JSON.stringify(Object.fromEntries(pages.map((path) => [`/${path}`, page])));
  const files: Record<string, string | undefined> = { ...clientFiles, 'csp.json': policies, ...changes };
  for (const [path, text] of Object.entries(files)) {
    if (text === undefined) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

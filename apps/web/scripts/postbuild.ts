import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashesOf, type PageHashes, sha256 } from './pageHashes.ts';
import { trustedTypesPolicy } from './trustedTypes.ts';

/**
 * Finishes the static export in `out/`: takes out what no supported browser loads, puts the Trusted Types policy and
 * subresource integrity into every page, makes the Service Worker of playing, then writes `csp.json` (by page, what its policy allows by hash) and `manifest.json` (SHA-256 of every file, and of them all).
 */
const root = join(import.meta.dirname, '..', 'out');
const made = ['csp.json', 'manifest.json'];

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)],
  );

const exported = () =>
  filesBelow(root)
    .map((file) => relative(root, file).split(sep).join('/'))
    .filter((file) => !made.includes(file))
    .sort();

/** Next's polyfills are for browsers without modules: none of those can keep a visit private. */
const oldBrowsersScript = /<script\b[^>]*\ssrc="\/(_next\/static\/[^"]+\.js)"[^>]*\snoModule=""[^>]*><\/script>/g;

/**
 * Drops what nothing asks for: the copy of a worker's source that Turbopack puts beside the chunk that it made of it,
 * and the polyfills.
 */
function dropUnused(): void {
  const polyfills = exported()
    .filter((file) => file.endsWith('.html'))
    .flatMap((page) => [...readFileSync(join(root, page), 'utf8').matchAll(oldBrowsersScript)].map(([, file]) => file));
  for (const file of exported()) {
    const isSource = /^_next\/static\/media\/.*\.[cm]?tsx?$/.test(file);
    if (isSource || polyfills.includes(file)) rmSync(join(root, file));
  }
}

function harden(file: string): void {
  const path = join(root, file);
  const policy = `<head><script>${trustedTypesPolicy}</script>`;
  const page = readFileSync(path, 'utf8')
    .replace(oldBrowsersScript, '')
    .replace('<head>', () => policy);
  const linked =
    /<(?:script\b[^>]*?\ssrc|link\b[^>]*?\shref)="\/(_next\/static\/[^"?]+\.(?:js|css))"(?![^>]*\sintegrity=)/g;
  const whole = page.replace(linked, (element: string, address: string) => {
    const digest = sha256(readFileSync(join(root, address)), 'base64');
    return `${element} integrity="sha256-${digest}"`;
  });
  if (/<script\b[^>]*\snoModule/i.test(whole)) throw new Error(`${file} has a script for browsers without modules`);
  if (!whole.includes(policy)) throw new Error(`${file} has no head for the Trusted Types policy`);
  writeFileSync(path, whole);
}

/** What react-aria writes at run time is allowed by hash: an update that changes it must be seen here. */
function checkRuntimeStyles(files: readonly string[]): void {
  const chunks = files.filter((file) => file.endsWith('.js')).map((file) => readFileSync(join(root, file), 'utf8'));
  for (const part of ['touch-action: pan-x pan-y pinch-zoom;', 'overscroll-behavior: contain;']) {
    if (!chunks.some((chunk) => chunk.includes(part))) throw new Error(`react-aria no longer writes “${part}”`);
  }
}

/** The Service Worker has no imports, so it needs no bundler: its source without the types. At the root, to be in charge of every page. */
function writePlayService(): void {
  const source = readFileSync(fileURLToPath(import.meta.resolve('@sotto/playback/serviceWorker')), 'utf8');
  writeFileSync(join(root, 'play.js'), stripTypeScriptTypes(source));
}

dropUnused();
writePlayService();
const files = exported();
const pages = files.filter((file) => file.endsWith('.html'));
checkRuntimeStyles(files);
for (const page of pages) harden(page);

const policies: Record<string, PageHashes> = {};
for (const page of pages) policies[`/${page}`] = hashesOf(readFileSync(join(root, page), 'utf8'));
const hashes = Object.fromEntries(files.map((file) => [file, sha256(readFileSync(join(root, file)), 'hex')]));
const manifest = { files: hashes, root: sha256(JSON.stringify(hashes), 'hex') };

writeFileSync(join(root, 'csp.json'), `${JSON.stringify(policies, null, 1)}\n`);
writeFileSync(join(root, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
process.stdout.write(`${files.length} files, ${pages.length} pages, ${manifest.root.slice(0, 16)}\n`);

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { hashesOf, type PageHashes, sha256 } from './pageHashes.ts';
import { trustedTypesPolicy } from './trustedTypes.ts';

/**
 * Finishes the static export in `out/`: puts the Trusted Types policy and subresource integrity into every page, then
 * writes `csp.json` (by page, what its policy allows by hash) and `manifest.json` (SHA-256 of every file, and of them all).
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

/** Turbopack copies a worker's source beside the chunk that it made of it; nothing asks for the copy. */
function dropSources(): void {
  for (const file of exported()) {
    if (/^_next\/static\/media\/.*\.[cm]?tsx?$/.test(file)) rmSync(join(root, file));
  }
}

function harden(file: string): void {
  const path = join(root, file);
  const policy = `<head><script>${trustedTypesPolicy}</script>`;
  const page = readFileSync(path, 'utf8').replace('<head>', () => policy);
  const linked =
    /<(?:script\b[^>]*?\ssrc|link\b[^>]*?\shref)="\/(_next\/static\/[^"?]+\.(?:js|css))"(?![^>]*\sintegrity=)/g;
  const whole = page.replace(linked, (element: string, address: string) => {
    const digest = sha256(readFileSync(join(root, address)), 'base64');
    return `${element} integrity="sha256-${digest}"`;
  });
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

dropSources();
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

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { StartError } from '@sotto/service/errors';
import { contentPolicy, type Elsewhere, type PagePolicy, pagePolicies, workerPolicy } from './contentPolicy.ts';

/** One file of the client as it is served: what was read at the start, whatever happens to the folder later. */
export interface ClientFile {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly isCompressible: boolean;
}

/** The statically exported client, held in memory. */
export interface ExportedClient {
  /** By path, such as `/en/index.html`. */
  readonly files: ReadonlyMap<string, ClientFile>;
  /** Languages that have pages, the default first. */
  readonly locales: readonly [string, ...string[]];
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ico': 'image/x-icon',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.jpg': 'image/jpeg',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.mp3': 'audio/mpeg',
  '.wav': 'audio/wav',
};
const compressible = /^(text\/|application\/(json|manifest|wasm)|image\/svg)/;
const defaultLocale = 'en';

/** Next names the files in this folder after their content. Pages are never kept: they carry the policy. */
function caching(path: string): string {
  if (path.startsWith('/_next/static/')) return 'public, max-age=31536000, immutable';
  return path.endsWith('.html') ? 'no-store' : 'no-cache';
}

function toFile(path: string, body: Buffer, page: PagePolicy | undefined, elsewhere: Elsewhere): ClientFile {
  const type = types[extname(path)] ?? 'application/octet-stream';
  const policy = page ? contentPolicy(page, elsewhere) : path.endsWith('.js') ? workerPolicy : undefined;
  return {
    body,
    isCompressible: compressible.test(type),
    headers: {
      'content-type': type,
      'cache-control': caching(path),
      ...(path.endsWith('.html') ? {} : { etag: `"${createHash('sha256').update(body).digest('base64url')}"` }),
      ...(policy === undefined ? {} : { 'content-security-policy': policy }),
    },
  };
}

function readPolicies(root: string) {
  try {
    return pagePolicies.parse(JSON.parse(readFileSync(join(root, 'csp.json'), 'utf8')));
  } catch {
    throw new StartError('The folder that API_WEB_ROOT names holds no built client; build it first.');
  }
}

/**
 * Reads the exported client. Every page must have its entry in `csp.json`: a page without a policy is not served.
 *
 * @param root folder of the export, with `csp.json`
 * @throws StartError if there is no client, or a page without a policy
 */
export function readExportedClient(root: string, elsewhere: Elsewhere): ExportedClient {
  const policies = readPolicies(root);
  const files = new Map<string, ClientFile>();
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = `/${relative(root, file).split(sep).join('/')}`;
    if (path === '/csp.json') continue;
    const page = policies[path];
    if (path.endsWith('.html') && !page) {
      throw new StartError('The client that API_WEB_ROOT names was built only in part; build it again.');
    }
    files.set(path, toFile(path, readFileSync(file), page, elsewhere));
  }
  const others = [...files.keys()]
    .flatMap((path) => /^\/([a-z]{2})\/index\.html$/.exec(path)?.[1] ?? [])
    .filter((locale) => locale !== defaultLocale);
  if (!files.has(`/${defaultLocale}/index.html`)) {
    throw new StartError('The client that API_WEB_ROOT names has no pages in English; build it again.');
  }
  return { files, locales: [defaultLocale, ...others] };
}

import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as z from 'zod';

/** Budgets by page of the static export, in bytes after gzip. */
export const sizeBudget = z.record(
  z.string().startsWith('/'),
  z.strictObject({
    /** The scripts that the page's HTML loads at once. */
    first: z.int().positive(),
    /** Every script that those load later: the call, its worker. */
    later: z.int().positive(),
  }),
);
export type SizeBudget = z.infer<typeof sizeBudget>;

/** What one page makes a browser load, in bytes after gzip. */
export interface PageSize {
  readonly page: string;
  readonly first: number;
  readonly later: number;
}

/** Scripts for browsers that can't run modules aren't fetched by those that can join a visit. */
const scriptTag = /<script\b(?![^>]*\bnomodule\b)[^>]*\bsrc="([^"?]+)/giu;
const preload = /<link\b(?=[^>]*\bas="script")[^>]*\bhref="([^"?]+)/gu;
const chunk = /static\/(?:chunks|media|workers)\/[\w./~-]+?\.js/gu;

/**
 * Measures a page of the static export.
 *
 * @param out folder of the export
 * @param page the page's path, with slashes on both ends
 * @throws if the page or a script that it names isn't there
 */
export function measurePage(out: string, page: string): PageSize {
  const html = readFileSync(join(out, page, 'index.html'), 'utf8');
  const first = new Set([...html.matchAll(scriptTag), ...html.matchAll(preload)].map(([, path]) => String(path)));
  if (first.size === 0) throw new Error(`${page} loads no script: this isn't the client`);

  const later = new Set<string>();
  const open = [...first];
  for (let script = open.pop(); script !== undefined; script = open.pop()) {
    for (const [name] of readFileSync(join(out, script), 'utf8').matchAll(chunk)) {
      const path = posix.join('/_next', name);
      if (first.has(path) || later.has(path) || !existsSync(join(out, path))) continue;
      later.add(path);
      open.push(path);
    }
  }
  const bytes = (paths: ReadonlySet<string>): number =>
    [...paths].reduce((sum, path) => sum + gzipSync(readFileSync(join(out, path)), { level: 9 }).length, 0);
  return { page, first: bytes(first), later: bytes(later) };
}

/** One sentence for each budget that the export doesn't keep; none if it keeps them all. */
export function overBudget(out: string, budget: SizeBudget): string[] {
  return Object.entries(budget).flatMap(([page, limits]) => {
    const size = measurePage(out, page);
    return (['first', 'later'] as const)
      .filter((part) => size[part] > limits[part])
      .map((part) => `${page} loads ${size[part]} bytes of scripts (${part}); its budget is ${limits[part]}`);
  });
}

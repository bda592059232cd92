import * as z from 'zod';

/** A CSP hash source, with or without its quotes. */
const hash = z
  .string()
  .regex(/^'?sha(256|384|512)-[A-Za-z0-9+/]+={0,2}'?$/)
  .transform((value) => `'${value.replaceAll("'", '')}'`);

const pagePolicy = z.strictObject({
  /** Hashes of inline scripts. */
  scripts: z.array(hash),
  /** Hashes of inline style elements. */
  styles: z.array(hash),
  /** Hashes of the files that the page loads by `integrity`. */
  integrity: z.array(hash),
  /** Hashes of `style` attributes. */
  styleAttrs: z.array(hash),
});
export type PagePolicy = z.infer<typeof pagePolicy>;

/** `csp.json` of the exported client: what each page contains inline, by its path. */
export const pagePolicies = z.record(z.string().regex(/^\/[\w./-]+\.html$/), pagePolicy);

const join = (directives: Record<string, readonly string[]>) =>
  Object.entries(directives)
    .map(([name, values]) => [name, ...values].join(' '))
    .join('; ');

/** What pages connect to besides their own origin. */
export interface Elsewhere {
  readonly signalingUrl: string;
  readonly storageOrigin: string | null;
}

/**
 * The policy of one page: our own scripts, the inline ones that the build made, and nothing else. It connects to this
 * origin, to signaling, and to the storage where browsers upload to it themselves. Trusted Types refuse every string that would become script, save what the page's own
 * `default` policy lets through.
 *
 * @param elsewhere `signalingUrl` is `https://host:port`, and its `wss:` form is allowed too; `storageOrigin` may be null
 */
export function contentPolicy(page: PagePolicy, { signalingUrl, storageOrigin }: Elsewhere): string {
  const signaling = new URL(signalingUrl).origin;
  return join({
    'default-src': ["'none'"],
    'script-src': ["'self'", ...page.scripts],
    'script-src-attr': ["'none'"],
    'style-src-elem': ["'self'", ...page.styles],
    'style-src-attr': page.styleAttrs.length > 0 ? ["'unsafe-hashes'", ...page.styleAttrs] : ["'none'"],
    'connect-src': [
      ...["'self'", signaling, signaling.replace(/^https:/, 'wss:')],
      ...(storageOrigin === null ? [] : [storageOrigin]),
    ],
    'font-src': ["'self'"],
    'img-src': ["'self'", 'data:', 'blob:'],
    'media-src': ["'self'", 'blob:'],
    'worker-src': ["'self'"],
    'manifest-src': ["'self'"],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
    'require-trusted-types-for': ["'script'"],
    'trusted-types': ['default'],
  });
}

/**
 * The policy of a script, which is what a dedicated worker started from it lives under: it may load our scripts and
 * reach nothing, no server included. No Trusted Types here: the bundler's worker bootstrap calls `importScripts`.
 */
export const workerPolicy = join({
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
});

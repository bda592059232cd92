import { isIP } from 'node:net';

const permissions = [
  ...['camera', 'microphone', 'display-capture', 'speaker-selection', 'autoplay', 'fullscreen'].map(
    (name) => `${name}=(self)`,
  ),
  ...['geolocation', 'payment', 'usb', 'serial', 'hid', 'midi', 'browsing-topics'].map((name) => `${name}=()`),
].join(', ');

/** For what isn't a page: nothing in it is run, shown in a frame, or asked for. */
const inertPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * Strict transport security, for host names of a clinic's own. Not for localhost, where a browser would apply it to
 * every other program on the machine; for an IP address browsers ignore it (RFC 6797 section 8.1.1).
 */
function transportSecurity(origin: string): Record<string, string> {
  const { hostname } = new URL(origin);
  if (hostname === 'localhost' || hostname.endsWith('.localhost') || isIP(hostname.replace(/[[\]]/g, ''))) return {};
  return { 'strict-transport-security': 'max-age=63072000; includeSubDomains' };
}

/**
 * Headers of every answer; a page replaces the policy and the caching rule by its own.
 *
 * @param origin the canonical origin
 */
export const responseHeaders = (origin: string): Record<string, string> => ({
  'cache-control': 'no-store',
  'content-security-policy': inertPolicy,
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': permissions,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  ...transportSecurity(origin),
});

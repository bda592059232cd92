import { isIPv4, isIPv6 } from 'node:net';
import type { relayed } from '@sotto/protocol/keystoreRoutes';
import type { FastifyRequest } from 'fastify';
import type * as z from 'zod';

/** What a request tells of whoever sent it, as the keystore's log takes it. */
export type Viewer = Pick<z.infer<typeof relayed>, 'address' | 'userAgent'>;

const maxUserAgent = 256;

/** An IPv4 address as such, also where the socket speaks IPv6; no zone. */
function addressOf(remote: string): string | null {
  const bare = remote.split('%')[0] ?? remote;
  const mapped = bare.toLowerCase().startsWith('::ffff:') ? bare.slice(7) : bare;
  if (isIPv4(mapped)) return mapped;
  return isIPv6(bare) ? bare : null;
}

export function viewerOf({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>): Viewer {
  const userAgent = (headers['user-agent'] ?? '')
    .replaceAll(/[^\x20-\x7e]/g, '')
    .trim()
    .slice(0, maxUserAgent)
    .trimEnd();
  return { address: addressOf(ip), userAgent: userAgent === '' ? null : userAgent };
}

import { isIPv4, isIPv6 } from 'node:net';

/**
 * What counts as one address in limits: an IPv4 address; of an IPv6 address the first 64 bits, since whoever has one
 * has the whole network.
 *
 * @param remote a socket's remote address
 */
export function addressKey(remote: string | undefined): string {
  if (remote === undefined) return 'unknown';
  const mapped = remote.toLowerCase().startsWith('::ffff:') ? remote.slice(7) : remote;
  if (isIPv4(mapped)) return mapped;
  const bare = remote.split('%')[0] ?? remote;
  if (!isIPv6(bare)) return 'unknown';
  const [head = '', tail = ''] = bare.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === '' ? [] : tail.split(':');
  const zeros = bare.includes('::') ? Array.from({ length: 8 - front.length - back.length }, () => '0') : [];
  return [...front, ...zeros, ...back]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

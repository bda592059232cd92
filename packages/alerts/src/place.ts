const mapped = /^::ffff:(?:(\d+\.\d+\.\d+\.\d+)|([\da-f]{1,4}):([\da-f]{1,4}))$/;

/** The dotted form of an IPv4-mapped IPv6 address; anything else as it is. */
function unmapped(address: string): string {
  const found = mapped.exec(address);
  if (found === null) return address;
  const [, dotted, high, low] = found;
  if (dotted !== undefined) return dotted;
  const [first, second] = [high, low].map((group) => Number.parseInt(group ?? '', 16));
  return [(first ?? 0) >> 8, (first ?? 0) & 255, (second ?? 0) >> 8, (second ?? 0) & 255].join('.');
}

/**
 * The network that an address belongs to, as far as people move within one: the first 24 bits of an IPv4 address, the first 48
 * of an IPv6 one. An IPv4-mapped IPv6 address counts as the IPv4 one.
 *
 * @param address as text, with or without a zone
 */
export function placeOf(address: string): string {
  const plain = unmapped(address.toLowerCase().replace(/%.*$/, ''));
  if (!plain.includes(':')) return plain.split('.').slice(0, 3).join('.');
  const [head = '', tail = ''] = plain.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === '' ? [] : tail.split(':');
  const zeros = plain.includes('::')
    ? Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0')
    : [];
  return [...front, ...zeros, ...back]
    .slice(0, 3)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

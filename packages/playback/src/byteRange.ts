/** Octets `[from, to)` of a file. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads a `Range` header (RFC 9110 section 14.2) of the one form that players use.
 *
 * @param header null where there is none: the whole file is meant
 * @returns null for what no octet of the file satisfies, and for any other form
 */
export function parseRange(header: string | null, length: number): ByteRange | null {
  if (header === null) return length > 0 ? { from: 0, to: length } : null;
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header) ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return null;
  if (first === '')
    return Number(last) > 0 && length > 0 ? { from: Math.max(length - Number(last), 0), to: length } : null;
  const from = Number(first);
  const to = last === '' ? length : Math.min(Number(last) + 1, length);
  return from < to ? { from, to } : null;
}

import * as z from 'zod';
import { time } from './clinic.ts';

/** The limits that a role is given with: what the command on the clinic's host, the api and the page for it all take. */

/** IPv4 or IPv6, valid. */
function bitsOf(address: string): bigint {
  if (!address.includes(':')) return address.split('.').reduce((bits, part) => bits * 256n + BigInt(part), 0n);
  // As RFC 5952 has it: no IPv4 within any more.
  const [head = '', tail = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [front, back] = [head, tail].map((groups) => (groups === '' ? [] : groups.split(':')));
  const zeros = Array.from({ length: 8 - (front?.length ?? 0) - (back?.length ?? 0) }, () => '0');
  return [...(front ?? []), ...zeros, ...(back ?? [])].reduce(
    (bits, group) => bits * 65_536n + BigInt(`0x${group}`),
    0n,
  );
}

/** A range of addresses, written with its length: `10.0.0.0/8`, `2001:db8::/32`. */
export const addressRange = z.union([z.cidrv4(), z.cidrv6()]);

/** Whether a range is written by its first address: 10.0.0.5/8 may be meant as one machine or as the whole of it. */
export function isFirstAddress(range: string): boolean {
  if (!addressRange.safeParse(range).success) return false;
  const [address = '', length = ''] = range.split('/');
  const hostBits = BigInt((address.includes(':') ? 128 : 32) - Number(length));
  return bitsOf(address) % 2n ** hostBits === 0n;
}

const weekday = z.int().min(1).max(7);

/**
 * By the clinic's clock, over midnight if `to` is less than `from`. Minutes since midnight; `days` are those on which the
 * hours begin, Monday is 1.
 */
export const roleHours = z
  .strictObject({
    from: z.int().min(0).max(1439),
    to: z.int().min(1).max(1440),
    days: z.array(weekday).min(1).max(7),
  })
  .refine(({ from, to }) => from !== to)
  .refine(({ days }) => new Set(days).size === days.length);

/** Each null where there is no such limit: a role begins at once, ends never, counts from everywhere and always. */
export const roleLimits = z
  .strictObject({
    from: time.nullable(),
    until: time.nullable(),
    network: addressRange.refine(isFirstAddress).nullable(),
    hours: roleHours.nullable(),
  })
  .refine(({ from, until }) => from === null || until === null || Date.parse(from) < Date.parse(until));
export type RoleLimits = z.infer<typeof roleLimits>;

export const noLimits: RoleLimits = { from: null, until: null, network: null, hours: null };

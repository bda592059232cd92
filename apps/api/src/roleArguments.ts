import { isIPv4 } from 'node:net';
import { parseArgs } from 'node:util';
import type { Hours } from '@sotto/policy';
import { type StaffRole, staffRoles } from '@sotto/protocol/clinic';
import { StartError } from '@sotto/service/errors';
import * as z from 'zod';
import type { Limits } from './access/roleAssignment.ts';

const usage = `Usage: node apps/api/src/roles.ts give E-MAIL ROLE [LIMITS]
       node apps/api/src/roles.ts end E-MAIL ROLE
       node apps/api/src/roles.ts disable E-MAIL
Roles: ${staffRoles.join(', ')}.
Limits: --until 2026-12-31T18:00:00Z, --network 10.0.0.0/8, --hours 08:00-18:00 (22:00-06:00 goes over midnight), --days 1,2,3,4,5 (Monday is 1).
A network is written by its first address; hours don't end when they begin.`;

/** What was asked for on the command line. */
export type RoleCommand =
  | { readonly does: 'give'; readonly email: string; readonly role: StaffRole; readonly limits: Limits }
  | { readonly does: 'end'; readonly email: string; readonly role: StaffRole }
  | { readonly does: 'disable'; readonly email: string };

const address = z.email().toLowerCase();
const positionals = z.union([
  z.tuple([z.enum(['give', 'end']), address, z.enum(staffRoles)]),
  z.tuple([z.literal('disable'), address]),
]);
const clock = /^(\d{2}):([0-5]\d)-(\d{2}):([0-5]\d)$/;
const every = [1, 2, 3, 4, 5, 6, 7];

function parseHours(text: string | undefined, days: string | undefined): Hours | undefined {
  if (text === undefined && days === undefined) return undefined;
  const [, ...numbers] = clock.exec(text ?? '00:00-24:00') ?? [];
  const [fromHour = Number.NaN, fromMinute = 0, toHour = Number.NaN, toMinute = 0] = numbers.map(Number);
  return z
    .strictObject({
      from: z.int().min(0).max(1439),
      to: z.int().min(1).max(1440),
      days: z.array(z.int().min(1).max(7)).min(1).max(7),
    })
    .refine(({ from, to }) => from !== to)
    .parse({
      from: fromHour * 60 + fromMinute,
      to: toHour * 60 + toMinute,
      days: days === undefined ? every : days.split(',').map(Number),
    });
}

/** @param address IPv4 or IPv6, valid */
function bitsOf(address: string): bigint {
  if (isIPv4(address)) return address.split('.').reduce((bits, part) => bits * 256n + BigInt(part), 0n);
  // As RFC 5952 has it: no IPv4 within any more.
  const [head = '', tail = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [front, back] = [head, tail].map((groups) => (groups === '' ? [] : groups.split(':')));
  const zeros = Array.from({ length: 8 - (front?.length ?? 0) - (back?.length ?? 0) }, () => '0');
  return [...(front ?? []), ...zeros, ...(back ?? [])].reduce(
    (bits, group) => bits * 65_536n + BigInt(`0x${group}`),
    0n,
  );
}

/** Whether a network is written by its first address: 10.0.0.5/8 may be meant as one machine or as the whole of it. */
function isFirstAddress(network: string): boolean {
  const [address = '', length = ''] = network.split('/');
  const hostBits = BigInt((isIPv4(address) ? 32 : 128) - Number(length));
  return bitsOf(address) % 2n ** hostBits === 0n;
}

const networkText = z.union([z.cidrv4(), z.cidrv6()]).refine(isFirstAddress);

/**
 * Parses what follows the program's name. A limit that can't be read gives nothing: a role without it would be more than was
 * meant.
 *
 * @throws StartError with the usage
 */
export function parseRoleArguments(args: readonly string[], now: Date): RoleCommand {
  const text = { type: 'string' } as const;
  try {
    const { values, positionals: given } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { until: text, network: text, hours: text, days: text },
    });
    const asked = positionals.parse(given);
    if (asked[0] !== 'give' && Object.keys(values).length > 0) throw new StartError(usage);
    if (asked[0] === 'disable') return { does: asked[0], email: asked[1] };
    const [does, email, role] = asked;
    if (does === 'end') return { does, email, role };
    const until =
      values.until === undefined ? undefined : new Date(z.iso.datetime({ offset: true }).parse(values.until));
    if (until !== undefined && until <= now) throw new StartError(usage);
    const network = values.network === undefined ? undefined : networkText.parse(values.network);
    const hours = parseHours(values.hours, values.days);
    const limits = {
      ...(until === undefined ? {} : { validUntil: until }),
      ...(network === undefined ? {} : { network }),
      ...(hours === undefined ? {} : { hours }),
    };
    return { does, email, role, limits };
  } catch {
    throw new StartError(usage);
  }
}

import { parseArgs } from 'node:util';
import { personName, type StaffRole, staffRoles } from '@sotto/protocol/clinic';
import { type RoleLimits, roleLimits } from '@sotto/protocol/roleLimits';
import { StartError } from '@sotto/service/errors';
import * as z from 'zod';

const usage = `Usage: node apps/api/src/roles.ts give E-MAIL ROLE [LIMITS]
       node apps/api/src/roles.ts end E-MAIL ROLE
       node apps/api/src/roles.ts disable|enable|reset E-MAIL
       node apps/api/src/roles.ts invite E-MAIL ROLE NAME
Roles: ${staffRoles.join(', ')}.
Limits: --from 2026-12-01T08:00:00Z, --until 2026-12-31T18:00:00Z, --network 10.0.0.0/8, --hours 08:00-18:00 (22:00-06:00 goes over midnight), --days 1,2,3,4,5 (Monday is 1).
A network is written by its first address; hours don't end when they begin.`;

/** What was asked for on the command line. */
export type RoleCommand =
  | { readonly does: 'give'; readonly email: string; readonly role: StaffRole; readonly limits: RoleLimits }
  | { readonly does: 'end'; readonly email: string; readonly role: StaffRole }
  | { readonly does: 'disable' | 'enable' | 'reset'; readonly email: string }
  | { readonly does: 'invite'; readonly email: string; readonly role: StaffRole; readonly name: string };

const address = z.email().toLowerCase();
const positionals = z.union([
  z.tuple([z.enum(['give', 'end']), address, z.enum(staffRoles)]),
  z.tuple([z.enum(['disable', 'enable', 'reset']), address]),
  z.tuple([z.literal('invite'), address, z.enum(staffRoles), personName]),
]);
const clock = /^(\d{2}):([0-5]\d)-(\d{2}):([0-5]\d)$/;
const every = [1, 2, 3, 4, 5, 6, 7];

function parseHours(text: string | undefined, days: string | undefined): RoleLimits['hours'] {
  if (text === undefined && days === undefined) return null;
  const [, ...numbers] = clock.exec(text ?? '00:00-24:00') ?? [];
  const [fromHour = Number.NaN, fromMinute = 0, toHour = Number.NaN, toMinute = 0] = numbers.map(Number);
  return {
    from: fromHour * 60 + fromMinute,
    to: toHour * 60 + toMinute,
    days: days === undefined ? every : days.split(',').map(Number),
  };
}

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
      options: { from: text, until: text, network: text, hours: text, days: text },
    });
    const asked = positionals.parse(given);
    if (asked[0] !== 'give' && Object.keys(values).length > 0) throw new StartError(usage);
    if (asked.length === 2) return { does: asked[0], email: asked[1] };
    if (asked.length === 4) return { does: asked[0], email: asked[1], role: asked[2], name: asked[3] };
    const [does, email, role] = asked;
    if (does === 'end') return { does, email, role };
    const { from = null, until = null, network = null } = values;
    const limits = roleLimits.parse({ from, until, network, hours: parseHours(values.hours, values.days) });
    if (limits.until !== null && Date.parse(limits.until) <= now.getTime()) throw new StartError(usage);
    return { does, email, role, limits };
  } catch {
    throw new StartError(usage);
  }
}

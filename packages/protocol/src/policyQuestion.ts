import * as z from 'zod';
import { base64url } from './bytes.ts';
import { staffRoles, time } from './clinic.ts';
import { staffId } from './ids.ts';

/** "May this person do that, to something of that kind, then, and why?", answered by the policies that the api goes by. */

/** What may be asked about, and which of `askedOf` make a difference to it. */
export const askedActions = {
  'visit:read': ['own', 'live', 'related', 'foreign'],
  'visit:schedule': ['own'],
  'visit:join': ['own', 'live', 'related', 'foreign'],
  'visit:invite': ['own', 'live', 'related', 'foreign'],
  'object:write': ['own', 'live', 'foreign'],
  'object:fetch': ['own', 'related', 'foreign'],
  'object:open:note': ['own', 'related', 'foreign'],
  'object:open:recording': ['own', 'related', 'foreign'],
  'patientKey:enrol': ['related', 'foreign'],
  'log:read': ['own', 'related', 'foreign'],
  'kept:read': ['foreign'],
  'directory:enrol': ['own', 'foreign'],
  'people:read': ['own'],
  'people:giveRole': ['own', 'foreign'],
} as const satisfies Record<string, readonly AskedOf[]>;
export type AskedAction = keyof typeof askedActions;
export const askedActionNames = Object.keys(askedActions) as [AskedAction, ...AskedAction[]];

/**
 * Of whom: the person's own (of themselves, of a visit of theirs), of a visit of theirs that goes on, of a patient in their care
 * whose visit was with somebody else, or of others.
 */
const askedOf = ['own', 'live', 'related', 'foreign'] as const;
export type AskedOf = (typeof askedOf)[number];

/** `POST /api/policy/question`: `notFound` for somebody who isn't of the staff. */
export const policyQuestion = z.strictObject({
  staff: staffId,
  action: z.enum(askedActionNames),
  of: z.enum(askedOf),
  at: time,
  /** From where; null where nobody says: then a role that is bound to a network doesn't count. */
  address: z.union([z.ipv4(), z.ipv6()]).nullable(),
  /** Whether their passkey signs it. */
  passkey: z.boolean(),
});
export type PolicyQuestion = z.infer<typeof policyQuestion>;

/** What one role comes to. */
const roleAnswer = z.strictObject({
  /** Of the assignment (`heldRole`). */
  id: base64url(22),
  role: z.enum(staffRoles),
  outcome: z.enum(['permit', 'forbidden', 'notGranted', 'undecidable']),
  /** Ids of the policies that permit or forbid it. */
  by: z.array(z.string().max(64)).max(100),
});

export const policyAnswer = z.strictObject({
  /** By any one of the roles, with an account that can sign in. */
  may: z.boolean(),
  isDisabled: z.boolean(),
  /** One for each role that wasn't over at that time. */
  roles: z.array(roleAnswer).max(200),
});
export type PolicyAnswer = z.infer<typeof policyAnswer>;

import * as z from 'zod';
import { patientId, staffId } from './ids.ts';
import { readingNonce } from './keystore.ts';
import { entriesAnswer, maxEntriesRead } from './keystoreRoutes.ts';

/**
 * What an entry of the platform's own log may be about: the policies' action where one decides (packages/policy,
 * schema.cedarschema), with what of it behind, and those that nobody decides about. Closed: what reads the log has words
 * for each.
 */
export const platformActions = [
  ...['visit:list', 'visit:read', 'visit:schedule', 'visit:end', 'visit:host', 'visit:join', 'visit:enter'],
  ...['visit:leave', 'visit:invite', 'visit:invite:read', 'visit:invite:withdraw'],
  ...['visit:invite:birthDate', 'visit:guests', 'patient:find'],
  ...['visit:guests:invite', 'visit:guests:read', 'visit:guests:extend', 'visit:guests:withdraw'],
  ...['object:write', 'object:list', 'object:store', 'object:store:part', 'object:fetch', 'object:fetch:parts'],
  ...['object:store:intent', 'object:fetch:intent'],
  ...['relay:nonce', 'relay:enrol', 'relay:release', 'relay:close', 'relay:act'],
  ...['directory:read', 'directory:waiting', 'log:read', 'log:platform'],
  ...['kept:holds', 'kept:restrictions', 'kept:notices', 'kept:outbox', 'kept:read'],
  ...['people:read', 'people:giveRole', 'people:endRole', 'people:invite', 'people:invite:withdraw'],
  ...[
    'people:disable',
    'people:enable',
    'people:resetSignIn',
    'people:resetSignIn:mail',
    'people:suspend',
    'policy:ask',
  ],
  ...['incident:read', 'incident:open', 'incident:step', 'incident:disable', 'incident:lift', 'incident:evidence'],
  ...['portal:read', 'portal:notices', 'portal:notices:read', 'portal:notices:end'],
  ...['portal:sessions', 'portal:sessions:end', 'patient:signIn', 'patient:signOut'],
  ...['session:begin', 'session:begin:password', 'session:begin:totp', 'session:begin:recovery', 'session:begin:oidc'],
  ...[
    'session:begin:passkey',
    'session:unlock',
    'session:end',
    'session:devices',
    'factor:change',
    'factor:password',
    'factor:bind',
    'factor:unbind',
    'account:offer',
    'account:begin',
    'account:password',
    'account:password:offer',
  ],
] as const;
export type PlatformAction = (typeof platformActions)[number];

/**
 * Client ↔ api: the platform's own log (infra/docs/decisions/platform-log.md), which privacy officers alone read.
 *
 * | route | session | request | answer |
 * |---|---|---|---|
 * | `GET /api/log` | officer | `platformLogQuery` | `platformLogView` |
 * | `GET /api/log/keys` | officer | — | `platformLogKeys` |
 *
 * `actor`: what one did. `patient`: what was done about one. `action`: one action, and what is under it. `from` and `to` are
 * RFC 3339. Each reading is itself in the log, and answers with its own entry, whose `resource` ends with `/reading:` and
 * `nonce`.
 */
export const platformLogQuery = z.strictObject({
  nonce: readingNonce,
  actor: z.union([staffId, z.enum(['host', 'nobody', 'rules'])]).optional(),
  patient: patientId.optional(),
  action: z.enum(platformActions).optional(),
  outcome: z.enum(['allowed', 'refused', 'failed']).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  before: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(maxEntriesRead).default(20),
});
export type PlatformLogQuery = z.infer<typeof platformLogQuery>;

/** Names beside the pseudonyms, by the clinic's records: the log has none. */
const people = z.array(z.strictObject({ id: staffId, name: z.string(), role: z.string() }));

/** As the access log's, proven likewise. `next`: where to look on, also where nothing was found so far. */
export const platformLogView = z.strictObject({ ...entriesAnswer.shape, people });
export type PlatformLogView = z.infer<typeof platformLogView>;

/** Verifier keys (packages/audit/SPEC.md section 5) of the log and of its witness. */
export const platformLogKeys = z.strictObject({ log: z.string().max(512), witness: z.string().max(512).nullable() });
export type PlatformLogKeys = z.infer<typeof platformLogKeys>;

/**
 * What the service's role may do, table by table; the log's part is `installLog`'s (packages/audit). Nothing else: no
 * DDL, no role changes. `update` lists columns.
 */
const rights: Record<string, { select: true; insert?: true; delete?: true; update?: readonly [string, ...string[]] }> =
  {
    schema_migration: { select: true },
    installation: { select: true, insert: true },
    master_version: { select: true, insert: true },
    patient_key: { select: true, insert: true, delete: true, update: ['wrapped', 'master_version'] },
    object_key: { select: true, insert: true, delete: true },
    field_key: { select: true, insert: true },
    legal_hold: { select: true, insert: true, delete: true },
    restriction: { select: true, insert: true, update: ['lifting'] },
    shredded: { select: true, insert: true },
    nonce: { select: true, insert: true, delete: true },
    credential: { select: true, insert: true, update: ['counter', 'revoked_at', 'revocation'] },
    patient_credential: { select: true, insert: true, update: ['counter', 'revoked_at', 'revocation'] },
    notice: { select: true, insert: true },
    enrolment: {
      select: true,
      insert: true,
      delete: true,
      update: ['credential', 'proven', 'requested_at'],
    },
    registration: { select: true, insert: true },
    recorded_track: { select: true, insert: true },
    request: { select: true, insert: true },
    closing: {
      select: true,
      insert: true,
      update: ['seconds', 'heard_at', 'statement', 'entry_index', 'is_unloggable'],
    },
  };

/** The statements that take away what the role has and give it exactly `rights`. @param role quoted, as is `database` */
export function grantStatements(role: string, database: string): string[] {
  const tables = Object.entries(rights).flatMap(([table, allowed]) => [
    `grant select on keystore.${table} to ${role}`,
    ...(allowed.insert ? [`grant insert on keystore.${table} to ${role}`] : []),
    ...(allowed.delete ? [`grant delete on keystore.${table} to ${role}`] : []),
    ...(allowed.update ? [`grant update (${allowed.update.join(', ')}) on keystore.${table} to ${role}`] : []),
  ]);
  return [
    `revoke all on database ${database} from public`,
    'revoke all on schema public from public',
    `revoke all on all tables in schema keystore from ${role}`,
    `revoke all on schema keystore from ${role}`,
    `grant connect on database ${database} to ${role}`,
    `grant usage on schema keystore to ${role}`,
    ...tables,
  ];
}

/**
 * What the app's database role may do, table by table. Nothing else is granted: no other schema, no DDL, no role
 * changes, no deleting of anything but sessions that are over, challenges, intents, second factors, providers' names for staff, holds that were lifted, and notices and mail that nobody wants any more. `update` lists columns.
 */
export const appRights: Record<
  string,
  { select: true; insert?: true; delete?: true; update?: readonly [string, ...string[]] }
> = {
  schema_migration: { select: true },
  clinic: { select: true, insert: true, update: ['name'] },
  staff: { select: true, insert: true, update: ['password_hash', 'disabled_at', 'suspended_at', 'factors_reset_by'] },
  // Of a role that was given nothing changes but its end.
  role_assignment: { select: true, insert: true, update: ['valid_until'] },
  staff_invitation: { select: true, insert: true, update: ['over_at'] },
  staff_session: {
    select: true,
    insert: true,
    delete: true,
    update: [
      ...(['revoked_at', 'let_go_at', 'token_hash', 'passkey_at'] as const),
      ...(['active_at', 'locked_at', 'hosted_visit_id', 'hosted_at'] as const),
    ],
  },
  staff_device: { select: true, insert: true, update: ['known_at'] },
  staff_totp: { select: true, insert: true, delete: true, update: ['secret_sealed', 'waiting_sealed', 'last_step'] },
  recovery_code: { select: true, insert: true, delete: true, update: ['used_at'] },
  sign_in_challenge: { select: true, insert: true, delete: true },
  phi_intent: { select: true, insert: true, delete: true },
  // Locked by who signs in with it, which takes the right to change something.
  staff_identity: { select: true, insert: true, update: ['bound_at'], delete: true },
  oidc_attempt: { select: true, insert: true, delete: true },
  password_reset: { select: true, insert: true, update: ['over_at'] },
  passkey_counter: { select: true, insert: true, update: ['counter'] },
  patient: {
    select: true,
    insert: true,
    update: ['name_sealed', 'birth_date_sealed', 'person_index', 'family_index', 'index_key'],
  },
  visit: { select: true, insert: true, update: ['status', 'ended_at'] },
  participant: { select: true, insert: true },
  guest: { select: true, insert: true, update: ['ends_at', 'name_sealed'] },
  invitation: { select: true, insert: true, update: ['revoked_at', 'birth_date_tries'] },
  visit_session: { select: true, insert: true, delete: true, update: ['revoked_at'] },
  patient_session: { select: true, insert: true, delete: true, update: ['active_at', 'revoked_at'] },
  minted_object: { select: true, insert: true },
  sealed_object: { select: true, insert: true },
  object_registration: { select: true, insert: true },
  stored_object: { select: true, insert: true },
  granted_part: { select: true, insert: true, update: ['granted_at'] },
  handed_in_recording: { select: true, insert: true },
  sealed_recording: { select: true, insert: true },
  removed_object: { select: true, insert: true, delete: true },
  retained_object: { select: true, insert: true, update: ['retained_until'] },
  held_object: { select: true, insert: true, delete: true },
  patient_notice: {
    select: true,
    insert: true,
    delete: true,
    update: ['address_sealed', 'locale', 'code_hash', 'code_tries', 'code_expires_at', 'confirmed_at'],
  },
  mail: {
    select: true,
    insert: true,
    delete: true,
    update: ['message_sealed', 'stop_hash', 'due_at', 'tries', 'sent_at', 'given_up_at'],
  },
  incident: {
    select: true,
    insert: true,
    update: [
      'critical_at',
      ...['contain_since', 'disable_since', 'disabled_at', 'contained_at', 'told_at', 'lifted_at', 'closed_at'],
    ],
  },
  incident_alert: { select: true, insert: true },
  incident_step: { select: true, insert: true },
  incident_message: { select: true, insert: true, update: ['due_at', 'tries', 'sent_at', 'given_up_at'] },
  watched_accesses: { select: true, insert: true, update: ['through'] },
  told_openings: { select: true, insert: true, update: ['through'] },
};

/**
 * The statements that take away what the role has and give it exactly `appRights`.
 *
 * @param role the role's name, already quoted as an SQL identifier
 * @param database the database's name, quoted likewise
 */
export function grantStatements(role: string, database: string): string[] {
  const tables = Object.entries(appRights).flatMap(([table, rights]) => [
    `grant select on clinic.${table} to ${role}`,
    ...(rights.insert ? [`grant insert on clinic.${table} to ${role}`] : []),
    ...(rights.delete ? [`grant delete on clinic.${table} to ${role}`] : []),
    ...(rights.update ? [`grant update (${rights.update.join(', ')}) on clinic.${table} to ${role}`] : []),
  ]);
  return [
    `revoke all on database ${database} from public`,
    `revoke all on schema public from public`,
    `revoke all on all tables in schema clinic from ${role}`,
    `revoke all on schema clinic from ${role}`,
    `grant connect on database ${database} to ${role}`,
    `grant usage on schema clinic to ${role}`,
    ...tables,
  ];
}

import { objectId } from '@sotto/protocol/ids';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { appRights } from '../src/appRights.ts';
import { assertClinicDatabase, connectClinicDatabase } from '../src/clinicDatabase.ts';
import { newId } from '../src/opaqueToken.ts';
import { createVisit, joinAsPatient, startClinic, type TestClinic } from './clinic.ts';

/** Of the database itself, no clinic's. */
const common = ['schema_migration'];
const tables = Object.keys(appRights).filter((table) => !common.includes(table));

let owner: Client;
let one: TestClinic;
let other: TestClinic;
let asOne: Client;
let asOther: Client;
let asNobody: Client;

async function connect(connectionString: string, clinic?: TestClinic): Promise<Client> {
  const options = clinic && { options: `-c sotto.clinic=${clinic.context.clinicId}` };
  const client = new Client({ connectionString, ...options });
  await client.connect();
  return client;
}

/** A clinic with at least a row in each table. */
async function furnished(): Promise<TestClinic> {
  const clinic = await startClinic();
  const { clinicId } = clinic.context;
  const physician = await clinic.physician();
  const { id: visit } = await createVisit(physician, clinic);
  const guest = { kind: 'family', name: 'Ann', endsAt: new Date(Date.now() + 3_600_000).toISOString() };
  await physician.send('POST', `/api/visits/${visit}/guests`, { body: guest });
  const patient = await joinAsPatient(physician, clinic, visit);
  await patient.send('PUT', '/api/portal/notices', { body: { address: 'pat@home.example', locale: 'en' } });
  const object = newId(objectId);
  const { rows } = await owner.query<{ id: string }>('select id from clinic.staff where clinic_id = $1', [clinicId]);
  const staff = rows[0]?.id;
  const hash = Buffer.from(object.padEnd(32, '.').slice(0, 32));
  const insert = (table: string, columns: string, values: unknown[]) =>
    owner.query(
      `insert into clinic.${table} (${columns}) values (${values.map((_, index) => `$${index + 1}`).join(', ')})`,
      values,
    );
  await insert('staff_totp', 'staff_id', [staff]);
  await insert('recovery_code', 'staff_id, code_hash', [staff, hash]);
  await owner.query(
    `insert into clinic.staff_device (staff_id, device_hash, first_at) values ($1, $2, 'now') on conflict do nothing`,
    [staff, hash],
  );
  await insert('sign_in_challenge', 'nonce_hash, clinic_id, expires_at', [hash, clinicId, 'now']);
  await insert('passkey_counter', 'clinic_id, credential, counter', [clinicId, 'credential'.repeat(2), 1]);
  await insert('told_openings', 'clinic_id, through', [clinicId, 1]);
  await insert('staff_invitation', 'staff_id, clinic_id, email, name, role, secret_hash, created_at, expires_at', [
    ...[object, clinicId, 'new@clinic.example', 'New', 'nurse', hash, 'now', 'infinity'],
  ]);
  await insert('staff_identity', 'clinic_id, issuer, subject, staff_id, bound_at', [clinicId, 'i', 's', staff, 'now']);
  await insert('oidc_attempt', 'cookie_hash, clinic_id, purpose, expires_at', [hash, clinicId, 'signIn', 'now']);
  await insert('password_reset', 'secret_hash, staff_id, created_at, expires_at', [hash, staff, 'now', 'infinity']);
  const { rows: patients } = await owner.query<{ id: string }>('select id from clinic.patient where clinic_id = $1', [
    clinicId,
  ]);
  const pseudonym = patients[0]?.id;
  await insert('phi_intent', 'id_hash, clinic_id, session_id, route, resource, patient_id, purpose, expires_at', [
    ...[hash, clinicId, object, 'readNote', `object:${object}`, pseudonym, 'treatment', 'now'],
  ]);
  await insert('patient_session', 'token_hash, id, patient_id, credential, kind, created_at, active_at, expires_at', [
    ...[hash, object, pseudonym, 'credential'.repeat(2), 'passkey', 'now', 'now', 'infinity'],
  ]);
  await insert('minted_object', 'id, visit_id, staff_id, minted_at', [object, visit, staff, 'now']);
  await insert('sealed_object', 'id, kind, manifest, stored_at', [object, 'recording', hash, 'now']);
  await insert('object_registration', 'id, statement, registered_at', [object, 'statement', 'now']);
  await insert('stored_object', 'id, folder, began_at', [object, object, 'now']);
  await insert('granted_part', 'id, leaf, length, granted_at', [object, '0001-000001', 1, 'now']);
  await insert('handed_in_recording', 'id, manifest_hash, manifest, evidence, handed_in_at', [
    ...[object, 'm'.repeat(43), hash, '{}', 'now'],
  ]);
  await insert('sealed_recording', 'id, recording, track, evidence', [object, object, 1, '{}']);
  await insert('removed_object', 'id, reason, removed_at', [object, 'shredded', 'now']);
  await insert('retained_object', 'id, retained_until', [object, 'now']);
  await insert('held_object', 'id, held_at', [object, 'now']);
  await insert('incident', 'id, clinic_id, staff_id, opened_at', [object, clinicId, staff, 'now']);
  await insert('incident_alert', 'key, incident_id, rule, count, bound, at', [object, object, 'bulk', 1, 1, 'now']);
  await insert('incident_step', 'incident_id, step, done_at', [object, 'isolated', 'now']);
  await insert('incident_message', 'id, incident_id, channel, due_at, made_at', [
    ...[object, object, 'webhook', 'infinity', 'now'],
  ]);
  await insert('watched_accesses', 'clinic_id, through', [clinicId, 1]);
  return clinic;
}

beforeAll(async () => {
  owner = await connect(inject('ownerUrl'));
  one = await furnished();
  other = await furnished();
  [asOne, asOther, asNobody] = await Promise.all([
    connect(inject('appUrl'), one),
    connect(inject('appUrl'), other),
    connect(inject('appUrl')),
  ]);
});
afterAll(async () => {
  for (const client of [owner, asOne, asOther, asNobody]) await client.end();
  await one.close();
  await other.close();
});

/** Where the rows lie that a connection sees of a table. */
async function seen(client: Client, table: string): Promise<string[]> {
  const { rows } = await client.query<{ place: string }>(`select ctid::text as place from clinic.${table}`);
  return rows.map(({ place }) => place);
}

describe('rows of a clinic', () => {
  it('are guarded in every table, for a role that owns none and bypasses nothing', async () => {
    const { rows } = await owner.query<{ name: string }>(
      `select c.relname as name from pg_class c
        where c.relnamespace = 'clinic'::regnamespace and c.relkind = 'r' and c.relrowsecurity
          and exists (select from pg_policy p where p.polrelid = c.oid)`,
    );
    expect(rows.map(({ name }) => name).sort()).toEqual([...tables].sort());
    const role = await asOne.query(
      `select rolsuper, rolbypassrls, (select count(*)::int from pg_class c where c.relowner = r.oid) as owned
         from pg_roles r where rolname = current_user`,
    );
    expect(role.rows).toEqual([{ rolsuper: false, rolbypassrls: false, owned: 0 }]);
  });

  it.each(tables)('of %s are seen by the clinic that has them, and by nobody without one', async (table) => {
    const [mine, theirs, all] = [await seen(asOne, table), await seen(asOther, table), await seen(owner, table)];
    expect(mine.length).toBeGreaterThan(0);
    expect(theirs.length).toBeGreaterThan(0);
    expect(mine.filter((place) => theirs.includes(place))).toEqual([]);
    for (const place of [...mine, ...theirs]) expect(all).toContain(place);
    expect(await seen(asNobody, table)).toEqual([]);
  });

  it.each(tables)('of %s are changed and deleted by no other', async (table) => {
    const theirs = await seen(asOther, table);
    const { update, delete: mayDelete } = appRights[table] ?? { select: true };
    for (const client of [asOne, asNobody]) {
      if (update) {
        const set = `update clinic.${table} set ${update[0]} = ${update[0]}`;
        expect((await client.query(`${set} where ctid::text = any($1)`, [theirs])).rowCount).toBe(0);
      }
      if (mayDelete) {
        const taken = await client.query(`delete from clinic.${table} where ctid::text = any($1)`, [theirs]);
        expect(taken.rowCount).toBe(0);
      }
    }
    expect(await seen(asOther, table)).toEqual(theirs);
  });

  it.each([
    [
      'a patient',
      `insert into clinic.patient select 'p2345678901234567890ab', clinic_id, name_sealed, created_at from theirs`,
    ],
    [
      'a person in a visit',
      `insert into clinic.participant (id, visit_id, is_guest) select 'p2345678901234567890ab', visit, true from theirs`,
    ],
    [
      'a role',
      `insert into clinic.role_assignment (id, staff_id, role, valid_from, granted_at) select 'p2345678901234567890ab', staff, 'admin', now(), now() from theirs`,
    ],
    [
      'an incident about somebody',
      `insert into clinic.incident (id, clinic_id, staff_id, opened_at, closed_at) select 'p2345678901234567890ab', current_setting('sotto.clinic', true), staff, now(), now() from theirs`,
    ],
    [
      'a mail to somebody',
      `insert into clinic.mail (id, staff_id, kind, due_at, made_at) select 'p2345678901234567890ab', staff, 'incident', 'infinity', now() from theirs`,
    ],
    ['an object', `insert into clinic.minted_object select 'p2345678901234567890ab', visit, staff, now() from theirs`],
  ])('get %s from no other clinic', async (_, statement) => {
    const { rows } = await owner.query<Record<string, unknown>>(
      `select p.clinic_id, v.id as visit, v.clinician_id as staff from clinic.visit v
         join clinic.patient p on p.id = v.patient_id where p.clinic_id = $1`,
      [other.context.clinicId],
    );
    const { clinic_id: clinicId, visit, staff } = rows[0] ?? {};
    const theirs = `with theirs as (select '${String(clinicId)}'::text as clinic_id, '${String(visit)}'::text as visit,
      '${String(staff)}'::text as staff, 'sealed'::bytea as name_sealed, now() as created_at)`;
    for (const client of [asOne, asNobody])
      await expect(client.query(`${theirs} ${statement}`)).rejects.toMatchObject({ code: '42501' });
    expect((await asOther.query(`${theirs} ${statement}`)).rowCount).toBe(1);
  });

  interface Ids {
    readonly clinic: string;
    readonly visit: string;
    readonly staff: string;
    readonly patient: string;
    readonly guest: string;
    readonly invitation: string;
  }
  async function idsOf({ context }: TestClinic): Promise<Ids> {
    const { rows } = await owner.query<Ids>(
      `select v.clinic_id as clinic, v.id as visit, v.clinician_id as staff, v.patient_id as patient,
              g.participant_id as guest, i.id as invitation
         from clinic.visit v join clinic.guest g on g.visit_id = v.id
         join clinic.invitation i on i.visit_id = v.id and i.guest_id is null
        where v.clinic_id = $1`,
      [context.clinicId],
    );
    const [ids] = rows;
    if (ids === undefined) throw new Error('the clinic has no visit');
    return ids;
  }
  /** SQLSTATE of what refuses a statement that leaves nothing behind; null if nothing does. */
  async function refusalOf(client: Client, statement: string): Promise<unknown> {
    await client.query('begin');
    const refusal = await client.query(statement).then(
      () => null,
      (fault: unknown) => (fault as { code: unknown }).code,
    );
    await client.query('rollback');
    return refusal;
  }
  const id = 'q2345678901234567890ab';
  const hash = `'${id}0123456789'`;
  const [visitColumns, inviteColumns] = [
    'id, clinic_id, clinician_id, patient_id, starts_at, minutes, status, created_at',
    'staff_id, clinic_id, email, name, role, secret_hash, created_at, expires_at, invited_by',
  ];

  it.each<[name: string, row: (mine: Ids, named: Ids) => string, refusal?: string]>([
    [
      'a visit’s patient',
      (mine, named) => `visit (${visitColumns}) values
        ('${id}', '${mine.clinic}', '${mine.staff}', '${named.patient}', now(), 20, 'scheduled', now())`,
    ],
    [
      'a visit’s clinician',
      (mine, named) => `visit (${visitColumns}) values
        ('${id}', '${mine.clinic}', '${named.staff}', '${mine.patient}', now(), 20, 'scheduled', now())`,
    ],
    [
      'a member of staff in a visit',
      (mine, named) => `participant (id, visit_id, staff_id) values ('${id}', '${mine.visit}', '${named.staff}')`,
    ],
    [
      'a patient in a visit',
      (mine, named) => `participant (id, visit_id, patient_id) values ('${id}', '${mine.visit}', '${named.patient}')`,
    ],
    [
      'a guest’s place in a visit',
      (mine, named) => `guest (participant_id, visit_id, kind, name_sealed, ends_at, created_at) values
        ('${named.guest}', '${mine.visit}', 'family', 'sealed', now(), now())`,
    ],
    [
      'the guest of a link',
      (mine, named) => `invitation (id, visit_id, guest_id, secret_hash, secret_sealed, created_at, expires_at) values
        ('${id}', '${mine.visit}', '${named.guest}', ${hash}, 'sealed', now(), now())`,
    ],
    [
      'whose content an intent is for',
      (
        mine,
        named,
      ) => `phi_intent (id_hash, clinic_id, session_id, route, resource, patient_id, purpose, expires_at) values
        (${hash}, '${mine.clinic}', '${id}', 'readNote', 'object', '${named.patient}', 'treatment', now())`,
    ],
    ['whose an object is', (mine, named) => `minted_object values ('${id}', '${mine.visit}', '${named.staff}', now())`],
    [
      'whose a visit’s session is',
      (mine, named) => `visit_session (token_hash, id, invitation_id, participant_id, created_at, expires_at) values
        (${hash}, '${id}', '${mine.invitation}', '${named.guest}', now(), now())`,
    ],
    [
      'whose page a key opened',
      (
        _mine,
        named,
      ) => `patient_session (token_hash, id, patient_id, credential, kind, created_at, active_at, expires_at)
        values (${hash}, '${id}', '${named.patient}', 'AAAAAAAAAAAAAAAA', 'passkey', now(), now(), 'infinity')`,
    ],
    [
      'who has invited',
      (mine, named) => `staff_invitation (${inviteColumns}) values
        ('${id}', '${mine.clinic}', 'a@b.example', 'Ann', 'nurse', ${hash}, now(), 'infinity', '${named.staff}')`,
    ],
    [
      'who a provider knows',
      (mine, named) => `staff_identity (clinic_id, issuer, subject, staff_id, bound_at) values
        ('${mine.clinic}', 'another', 'subject', '${named.staff}', now())`,
    ],
    [
      'who was sent to a provider',
      (mine, named) => `oidc_attempt (cookie_hash, clinic_id, purpose, staff_id, expires_at) values
        (${hash}, '${mine.clinic}', 'bind', '${named.staff}', now())`,
    ],
    [
      'who chooses a new password',
      (_mine, named) => `password_reset (secret_hash, staff_id, created_at, expires_at) values
        (${hash}, '${named.staff}', now(), 'infinity')`,
    ],
    [
      'whom a mail is to',
      (_mine, named) => `mail (id, staff_id, kind, message_sealed, due_at, made_at) values
        ('${id}', '${named.staff}', 'newDevice', ${hash}, now(), now())`,
    ],
    [
      'who took away an app',
      (mine, named) => `staff (id, clinic_id, email, name, role, created_at, factors_reset_by) values
        ('${id}', '${mine.clinic}', 'a@b.example', 'Ann', 'nurse', now(), '${named.staff}')`,
      '23503',
    ],
  ])('name as %s nobody of another clinic', async (_, row, refusal = '42501') => {
    const [mine, theirs] = [await idsOf(one), await idsOf(other)];
    expect(await refusalOf(asOne, `insert into clinic.${row(mine, theirs)}`)).toBe(refusal);
    // Nothing but its being unique may be in the way of one's own.
    expect([null, '23505']).toContain(await refusalOf(asOne, `insert into clinic.${row(mine, mine)}`));
  });

  it.each([
    ['the address of the app’s role', () => inject('appUrl'), true],
    ['the owner’s address', () => inject('ownerUrl'), false],
    ['an address with options of its own', () => `${inject('appUrl')}?options=-c%20work_mem%3D8MB`, false],
  ])('over %s: served only if they are guarded', async (_, url, isGuarded) => {
    const { clinicId } = one.context;
    const connection = connectClinicDatabase(url(), clinicId, {
      ...{ application: 'sotto-test', onIdleFault: () => undefined },
    });
    const assured = assertClinicDatabase(connection.database, clinicId);
    await (isGuarded
      ? expect(assured).resolves.toBeUndefined()
      : expect(assured).rejects.toMatchObject({ code: 'start' }));
    await connection.close();
  });
});

-- What had no clinic of its own gets one; what is there counts for each.
delete from clinic.sign_in_challenge;
alter table clinic.sign_in_challenge add column clinic_id clinic.opaque_id not null references clinic.clinic;

alter table clinic.passkey_counter drop constraint passkey_counter_pkey;
alter table clinic.passkey_counter add column clinic_id clinic.opaque_id references clinic.clinic;
insert into clinic.passkey_counter (clinic_id, credential, counter)
  select c.id, p.credential, p.counter from clinic.passkey_counter p cross join clinic.clinic c;
delete from clinic.passkey_counter where clinic_id is null;
alter table clinic.passkey_counter add primary key (clinic_id, credential);

alter table clinic.told_openings drop column single;
alter table clinic.told_openings add column clinic_id clinic.opaque_id references clinic.clinic;
insert into clinic.told_openings (clinic_id, through)
  select c.id, t.through from clinic.told_openings t cross join clinic.clinic c;
delete from clinic.told_openings where clinic_id is null;
alter table clinic.told_openings add primary key (clinic_id);

-- A connection sees and writes the rows of the one clinic that it names (`sotto.clinic`), and without a name none. This is for
-- the app's role, which owns no table and may bypass nothing; migrations and backups are the owner's, and see all rows.
do $$
declare
  own constant text := 'current_setting(''sotto.clinic'', true)';
  of_visit constant text := 'exists (select from clinic.visit o where o.id = visit_id)';
  of_staff constant text := 'exists (select from clinic.staff o where o.id = staff_id)';
  of_object constant text := 'exists (select from clinic.minted_object o where o.id = %I.id)';
  rule record;
begin
  for rule in
    select * from (values
      ('clinic', 'id = ' || own),
      ('staff', 'clinic_id = ' || own),
      ('staff_invitation', 'clinic_id = ' || own),
      ('patient', 'clinic_id = ' || own),
      ('visit', 'clinic_id = ' || own),
      ('sign_in_challenge', 'clinic_id = ' || own),
      ('passkey_counter', 'clinic_id = ' || own),
      ('told_openings', 'clinic_id = ' || own),
      ('role_assignment', of_staff),
      ('staff_session', of_staff),
      ('staff_device', of_staff),
      ('staff_totp', of_staff),
      ('recovery_code', of_staff),
      ('participant', of_visit),
      ('guest', of_visit),
      ('invitation', of_visit),
      ('minted_object', of_visit),
      ('visit_session', 'exists (select from clinic.invitation o where o.id = invitation_id)'),
      ('patient_notice', 'exists (select from clinic.patient o where o.id = patient_id)'),
      ('mail', 'exists (select from clinic.patient o where o.id = patient_id)
                or exists (select from clinic.staff_invitation o where o.staff_id = staff_invitation_id)'),
      ('sealed_object', of_object),
      ('object_registration', of_object),
      ('stored_object', of_object),
      ('granted_part', of_object),
      ('handed_in_recording', of_object),
      ('sealed_recording', of_object),
      ('removed_object', of_object),
      ('retained_object', of_object),
      ('held_object', of_object)
    ) as rules (name, condition)
  loop
    execute format('alter table clinic.%I enable row level security', rule.name);
    execute format('create policy of_clinic on clinic.%I using (%s)', rule.name, format(rule.condition, rule.name));
  end loop;
end
$$;

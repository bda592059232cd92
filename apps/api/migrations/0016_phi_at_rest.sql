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
-- Foreign keys ask no policy, so each reference of a row that is written is looked at here.
do $$
declare
  own constant text := 'current_setting(''sotto.clinic'', true)';
  of_clinic constant text := 'clinic_id = ' || own;
  of_visit constant text := 'exists (select from clinic.visit o where o.id = visit_id)';
  of_staff constant text := 'exists (select from clinic.staff o where o.id = staff_id)';
  of_patient constant text := 'exists (select from clinic.patient o where o.id = patient_id)';
  of_object constant text := 'exists (select from clinic.minted_object o where o.id = %I.id)';
  of_participant constant text := 'exists (select from clinic.participant o where o.id = participant_id)';
  of_invited constant text := 'exists (select from clinic.staff_invitation o where o.staff_id = staff_invitation_id)';
  rule record;
begin
  for rule in
    select * from (values
      ('clinic', 'id = ' || own, 'true'),
      ('staff', of_clinic, 'true'),
      ('staff_invitation', of_clinic,
        'invited_by is null or exists (select from clinic.staff o where o.id = invited_by)'),
      ('patient', of_clinic, 'true'),
      ('visit', of_clinic, of_patient || ' and exists (select from clinic.staff o where o.id = clinician_id)'),
      ('sign_in_challenge', of_clinic, 'true'),
      ('passkey_counter', of_clinic, 'true'),
      ('told_openings', of_clinic, 'true'),
      ('role_assignment', of_staff, 'true'),
      ('staff_session', of_staff, 'true'),
      ('staff_device', of_staff, 'true'),
      ('staff_totp', of_staff, 'true'),
      ('recovery_code', of_staff, 'true'),
      ('participant', of_visit,
        format('(staff_id is null or %s) and (patient_id is null or %s)', of_staff, of_patient)),
      ('guest', of_visit, of_participant),
      ('invitation', of_visit,
        'guest_id is null or exists (select from clinic.guest o where o.participant_id = guest_id)'),
      ('minted_object', of_visit, of_staff),
      ('visit_session', 'exists (select from clinic.invitation o where o.id = invitation_id)', of_participant),
      ('patient_notice', of_patient, 'true'),
      ('mail', of_patient || ' or ' || of_invited,
        format('(patient_id is null or %s) and (staff_invitation_id is null or %s)', of_patient, of_invited)),
      ('sealed_object', of_object, 'true'),
      ('object_registration', of_object, 'true'),
      ('stored_object', of_object, 'true'),
      ('granted_part', of_object, 'true'),
      ('handed_in_recording', of_object, 'true'),
      ('sealed_recording', of_object, 'true'),
      ('removed_object', of_object, 'true'),
      ('retained_object', of_object, 'true'),
      ('held_object', of_object, 'true')
    ) as rules (name, condition, refers)
  loop
    execute format('alter table clinic.%I enable row level security', rule.name);
    execute format('create policy of_clinic on clinic.%1$I using (%2$s) with check ((%2$s) and (%3$s))',
      rule.name, format(rule.condition, rule.name), rule.refers);
  end loop;
end
$$;

-- What somebody may do once with a patient's content, within a minute. The log has it before it stands here; taking it deletes it.
create table clinic.phi_intent (
  id_hash clinic.token_hash primary key,
  clinic_id clinic.opaque_id not null references clinic.clinic,
  -- A session of staff, of a visit or of a patient.
  session_id clinic.opaque_id not null,
  route text not null check (char_length(route) between 1 and 64),
  resource text not null check (char_length(resource) between 1 and 160),
  patient_id clinic.opaque_id not null references clinic.patient,
  purpose text not null check (purpose in ('treatment', 'payment', 'operations', 'patientRequest', 'emergency')),
  expires_at timestamptz not null
);
create index on clinic.phi_intent (expires_at);
alter table clinic.phi_intent enable row level security;
create policy of_clinic on clinic.phi_intent
  using (clinic_id = current_setting('sotto.clinic', true))
  with check (
    clinic_id = current_setting('sotto.clinic', true)
    and exists (select from clinic.patient o where o.id = patient_id));

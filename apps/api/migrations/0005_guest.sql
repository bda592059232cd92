-- Whom a visit's physician invites besides the patient, for a while: an interpreter, family. Each is a participant of their
-- own, and an invitation is either the patient's or one guest's.
alter table clinic.participant add column is_guest boolean not null default false;
alter table clinic.participant drop constraint participant_check;
alter table clinic.participant
  add constraint participant_check check (num_nonnulls(staff_id, patient_id) + is_guest::integer = 1);

create table clinic.guest (
  participant_id clinic.opaque_id primary key references clinic.participant,
  visit_id clinic.opaque_id not null references clinic.visit,
  kind text not null check (kind in ('interpreter', 'family', 'colleague', 'other')),
  name_sealed bytea not null,
  -- When they have to be out: no credential of theirs is good any longer.
  ends_at timestamptz not null,
  created_at timestamptz not null
);
create index on clinic.guest (visit_id, created_at);

-- Null: the patient's.
alter table clinic.invitation add column guest_id clinic.opaque_id references clinic.guest;
drop index clinic.invitation_visit_id_idx;
create unique index on clinic.invitation (visit_id) where revoked_at is null and guest_id is null;
create unique index on clinic.invitation (guest_id) where revoked_at is null;

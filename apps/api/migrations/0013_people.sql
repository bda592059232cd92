-- A role that is ended before it began never counted at all.
alter table clinic.role_assignment drop constraint role_assignment_check;
alter table clinic.role_assignment add constraint role_assignment_term_check check (valid_until >= valid_from);

-- An account begins with an invitation: whoever has the link sets its password, once. Only the link's hash is kept.
create table clinic.staff_invitation (
  -- Of the account that it makes.
  staff_id clinic.opaque_id primary key,
  clinic_id clinic.opaque_id not null references clinic.clinic,
  email text not null check (email = lower(email)),
  name text not null,
  role text not null check (role in ('physician', 'nurse', 'privacyOfficer', 'staff', 'admin')),
  -- Null: whoever ran the command on the host.
  invited_by clinic.opaque_id references clinic.staff,
  secret_hash bytea not null unique,
  created_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > created_at),
  -- Taken up, or withdrawn.
  over_at timestamptz
);
create index on clinic.staff_invitation (clinic_id);

-- Mail goes to a patient or to somebody who is invited to work here.
alter table clinic.mail alter column patient_id drop not null;
alter table clinic.mail add column staff_invitation_id clinic.opaque_id references clinic.staff_invitation;
alter table clinic.mail add constraint mail_to_one check (num_nonnulls(patient_id, staff_invitation_id) = 1);
alter table clinic.mail drop constraint mail_kind_check;
alter table clinic.mail add constraint mail_kind_check check (kind in ('code', 'opened', 'ended', 'invited'));

-- When its holder was let go: signaling is told of it, whatever becomes of the account afterwards.
alter table clinic.staff_session add column let_go_at timestamptz;

-- A provider of OpenID Connect says who signs in; `provider_said`: by what it says to know (acr, amr), where it says so.
alter table clinic.staff_session drop constraint staff_session_method_check;
alter table clinic.staff_session
  add constraint staff_session_method_check check (method in ('passkey', 'password', 'totp', 'recovery', 'oidc')),
  add column provider_said text check (char_length(provider_said) between 1 and 256);

-- Who began their account through a provider has no password before they choose one.
alter table clinic.staff alter column password_hash drop not null;
-- Who took away what somebody has beside their password; null for the host, and for nobody. A policy on `staff` that looks at `staff`
-- would look for ever, so its key keeps this one inside the clinic.
alter table clinic.staff
  add unique (clinic_id, id),
  add column factors_reset_by clinic.opaque_id,
  add foreign key (clinic_id, factors_reset_by) references clinic.staff (clinic_id, id);

-- Who somebody is to a provider: its issuer and its name for them, which is never an e-mail address's.
create table clinic.staff_identity (
  clinic_id clinic.opaque_id not null references clinic.clinic,
  issuer text not null check (char_length(issuer) between 1 and 512),
  subject text not null check (char_length(subject) between 1 and 255),
  staff_id clinic.opaque_id not null references clinic.staff,
  bound_at timestamptz not null,
  primary key (clinic_id, issuer, subject),
  unique (staff_id, issuer)
);

-- A browser that was sent to a provider and hasn't come back. Its cookie has what the answer is checked against.
create table clinic.oidc_attempt (
  cookie_hash clinic.token_hash primary key,
  clinic_id clinic.opaque_id not null references clinic.clinic,
  purpose text not null check (purpose in ('signIn', 'bind', 'begin')),
  -- Whose account is bound, or begun.
  staff_id clinic.opaque_id,
  expires_at timestamptz not null,
  check ((purpose = 'signIn') = (staff_id is null))
);
create index on clinic.oidc_attempt (expires_at);

-- A link by which somebody chooses a new password.
create table clinic.password_reset (
  secret_hash clinic.token_hash primary key,
  staff_id clinic.opaque_id not null references clinic.staff,
  created_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > created_at),
  -- Used, replaced or withdrawn.
  over_at timestamptz
);
create index on clinic.password_reset (staff_id);

-- Mail goes to staff, too.
alter table clinic.mail add column staff_id clinic.opaque_id references clinic.staff;
alter table clinic.mail drop constraint mail_to_one;
alter table clinic.mail
  add constraint mail_to_one check (num_nonnulls(patient_id, staff_invitation_id, staff_id) = 1);
alter table clinic.mail drop constraint mail_kind_check;
alter table clinic.mail add constraint mail_kind_check
  check (kind in ('code', 'opened', 'ended', 'invited', 'newDevice', 'signInChanged', 'newPassword'));

-- As 0016: a connection sees and writes the rows of the clinic that it names, and names nobody of another one in them.
alter table clinic.staff_identity enable row level security;
create policy of_clinic on clinic.staff_identity
  using (clinic_id = current_setting('sotto.clinic', true))
  with check (
    clinic_id = current_setting('sotto.clinic', true)
    and exists (select from clinic.staff o where o.id = staff_id));
alter table clinic.oidc_attempt enable row level security;
create policy of_clinic on clinic.oidc_attempt
  using (clinic_id = current_setting('sotto.clinic', true))
  with check (
    clinic_id = current_setting('sotto.clinic', true)
    and (staff_id is null
      or exists (select from clinic.staff o where o.id = oidc_attempt.staff_id)
      or exists (select from clinic.staff_invitation o where o.staff_id = oidc_attempt.staff_id)));
alter table clinic.password_reset enable row level security;
create policy of_clinic on clinic.password_reset
  using (exists (select from clinic.staff o where o.id = staff_id));
-- Each mail is to one of them (`mail_to_one`).
drop policy of_clinic on clinic.mail;
create policy of_clinic on clinic.mail using (
  exists (select from clinic.patient o where o.id = patient_id)
  or exists (select from clinic.staff_invitation o where o.staff_id = staff_invitation_id)
  or exists (select from clinic.staff o where o.id = mail.staff_id));

-- Ids are 128 random bits in base64url; columns named *_sealed hold AES-256-GCM boxes (src/sealedField.ts);
-- columns named *_hash hold SHA-256 of a token of 256 random bits.
create domain clinic.opaque_id as text check (value ~ '^[A-Za-z0-9_-]{22}$');
create domain clinic.token_hash as bytea check (octet_length(value) = 32);

create table clinic.clinic (
  id clinic.opaque_id primary key,
  name text not null check (char_length(name) between 1 and 120),
  created_at timestamptz not null
);

create table clinic.staff (
  id clinic.opaque_id primary key,
  clinic_id clinic.opaque_id not null references clinic.clinic,
  email text not null check (email = lower(email) and char_length(email) <= 254),
  name text not null check (char_length(name) between 1 and 120),
  role text not null check (role in ('physician')),
  password_hash text not null check (password_hash like '$argon2id$%'),
  disabled_at timestamptz,
  created_at timestamptz not null,
  unique (clinic_id, email)
);

create table clinic.staff_session (
  token_hash clinic.token_hash primary key,
  staff_id clinic.opaque_id not null references clinic.staff,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index on clinic.staff_session (staff_id);

create table clinic.patient (
  id clinic.opaque_id primary key,
  clinic_id clinic.opaque_id not null references clinic.clinic,
  name_sealed bytea not null,
  created_at timestamptz not null
);

create table clinic.visit (
  id clinic.opaque_id primary key,
  clinic_id clinic.opaque_id not null references clinic.clinic,
  clinician_id clinic.opaque_id not null references clinic.staff,
  patient_id clinic.opaque_id not null references clinic.patient,
  starts_at timestamptz not null,
  minutes integer not null check (minutes between 5 and 240),
  status text not null check (status in ('scheduled', 'open', 'ended', 'cancelled')),
  ended_at timestamptz,
  created_at timestamptz not null,
  check ((status in ('ended', 'cancelled')) = (ended_at is not null))
);
create index on clinic.visit (clinician_id, starts_at);
create index on clinic.visit (patient_id);

-- One person in one visit: the pseudonym that tickets carry.
create table clinic.participant (
  id clinic.opaque_id primary key,
  visit_id clinic.opaque_id not null references clinic.visit,
  staff_id clinic.opaque_id references clinic.staff,
  patient_id clinic.opaque_id references clinic.patient,
  check (num_nonnulls(staff_id, patient_id) = 1),
  unique (visit_id, staff_id),
  unique (visit_id, patient_id)
);

create table clinic.invitation (
  id clinic.opaque_id primary key,
  visit_id clinic.opaque_id not null references clinic.visit,
  secret_hash clinic.token_hash not null unique,
  secret_sealed bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index on clinic.invitation (visit_id, created_at);
-- Replacing revokes first: two links to one visit never work at once.
create unique index on clinic.invitation (visit_id) where revoked_at is null;

-- A patient's session for one visit. It ends with the invitation that it came from.
create table clinic.visit_session (
  token_hash clinic.token_hash primary key,
  invitation_id clinic.opaque_id not null references clinic.invitation,
  participant_id clinic.opaque_id not null references clinic.participant,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index on clinic.visit_session (invitation_id);
create index on clinic.visit_session (participant_id);

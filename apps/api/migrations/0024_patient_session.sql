-- A patient who signed in to their own page by a key that the keystore knows as theirs. `credential` says which one, so that the session
-- ends with it; the key itself is the keystore's alone.
create table clinic.patient_session (
  token_hash clinic.token_hash primary key,
  id clinic.opaque_id not null unique,
  patient_id clinic.opaque_id not null references clinic.patient,
  credential text not null check (credential ~ '^[A-Za-z0-9_-]+$' and char_length(credential) between 16 and 1364),
  kind text not null check (kind in ('passkey', 'recoveryCode')),
  address text check (char_length(address) <= 45),
  user_agent text check (char_length(user_agent) <= 256),
  created_at timestamptz not null,
  -- When somebody last did something on the page.
  active_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > created_at),
  revoked_at timestamptz
);
create index on clinic.patient_session (patient_id);

-- As 0016: a connection sees and writes the rows of the clinic that it names.
alter table clinic.patient_session enable row level security;
create policy of_clinic on clinic.patient_session
  using (exists (select from clinic.patient o where o.id = patient_id));

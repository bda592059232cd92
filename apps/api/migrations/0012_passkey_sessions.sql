-- A session says by what it began, whether a passkey has come to it, and where it began. Those from before began by a password.
alter table clinic.staff_session add column method text not null default 'password'
  check (method in ('passkey', 'password'));
alter table clinic.staff_session alter column method drop default;
alter table clinic.staff_session
  add column passkey_at timestamptz,
  add column address text check (char_length(address) <= 45),
  add column user_agent text check (char_length(user_agent) <= 256),
  add column device_hash clinic.token_hash,
  add check (method <> 'passkey' or passkey_at is not null);

-- What a browser was given to have a passkey sign it: gone once it is answered.
create table clinic.sign_in_challenge (
  nonce_hash clinic.token_hash primary key,
  expires_at timestamptz not null
);
create index on clinic.sign_in_challenge (expires_at);

-- Whose passkeys they are, the keystore's directory says. A counter that doesn't go on is a copy's.
create table clinic.passkey_counter (
  credential text primary key check (credential ~ '^[A-Za-z0-9_-]+$' and char_length(credential) between 16 and 1364),
  counter bigint not null check (counter between 0 and 4294967295)
);

-- Browsers in which somebody has signed in, each by a token of its own.
create table clinic.staff_device (
  staff_id clinic.opaque_id not null references clinic.staff,
  device_hash clinic.token_hash not null,
  address text check (char_length(address) <= 45),
  user_agent text check (char_length(user_agent) <= 256),
  first_at timestamptz not null,
  known_at timestamptz,
  primary key (staff_id, device_hash)
);

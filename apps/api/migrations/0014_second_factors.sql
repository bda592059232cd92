-- A code of an authenticator app, or one of ten that were written down, beside the password.
alter table clinic.staff_session drop constraint staff_session_method_check;
alter table clinic.staff_session
  add constraint staff_session_method_check check (method in ('passkey', 'password', 'totp', 'recovery'));

create table clinic.staff_totp (
  staff_id clinic.opaque_id primary key references clinic.staff,
  -- Counts; null before the first one was confirmed by a code of it.
  secret_sealed bytea,
  -- Made to take its place, and not confirmed yet.
  waiting_sealed bytea,
  -- The last step of time whose code was taken (RFC 6238): none is taken twice.
  last_step bigint
);

-- SHA-256 of a code of 100 random bits.
create table clinic.recovery_code (
  staff_id clinic.opaque_id not null references clinic.staff,
  code_hash clinic.token_hash not null,
  used_at timestamptz,
  primary key (staff_id, code_hash)
);

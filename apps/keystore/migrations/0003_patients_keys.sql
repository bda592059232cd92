-- Keys of patients, a passkey or what a recovery code gives. `statement` is signed, and is what counts.
create table keystore.patient_credential (
  credential text primary key check (credential ~ '^[A-Za-z0-9_-]+$' and char_length(credential) between 16 and 1364),
  pseudonym keystore.opaque_id not null,
  kind text not null check (kind in ('passkey', 'recoveryCode')),
  public_key bytea not null check (octet_length(public_key) = case kind when 'passkey' then 65 else 32 end),
  counter bigint not null check (counter >= 0),
  statement text not null,
  revocation text,
  enrolled_at timestamptz not null,
  revoked_at timestamptz check ((revoked_at is null) = (revocation is null))
);
create index on keystore.patient_credential (pseudonym);

-- What an officer is to be told at once: made in the transaction of what it tells of, while that holds the log, so that
-- a higher id was never committed before a lower one.
create table keystore.notice (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('breakGlass', 'unwitnessed', 'assist', 'enrolment', 'revocation', 'shred')),
  subject keystore.opaque_id,
  pseudonym keystore.opaque_id,
  index bigint,
  at timestamptz not null,
  unique (kind, index)
);

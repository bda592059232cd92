-- Where a patient is told that something of theirs was opened: only once a code that was sent there came back.
create table clinic.patient_notice (
  patient_id clinic.opaque_id primary key references clinic.patient,
  address_sealed bytea not null check (octet_length(address_sealed) between 30 and 512),
  locale text not null check (locale in ('en', 'es')),
  code_hash bytea check (octet_length(code_hash) = 32),
  code_tries integer not null default 0 check (code_tries >= 0),
  code_expires_at timestamptz not null,
  -- Null until the code came back.
  confirmed_at timestamptz
);

-- Mail that is to go out, or went out. `message_sealed` has address and words; it is gone once a mail server has taken it.
-- `stop_hash` is of the secret by which its reader ends the notices.
create table clinic.mail (
  id clinic.opaque_id primary key,
  patient_id clinic.opaque_id not null references clinic.patient,
  kind text not null check (kind in ('code', 'opened', 'ended')),
  message_sealed bytea check (octet_length(message_sealed) between 30 and 16384),
  stop_hash bytea check (octet_length(stop_hash) = 32),
  due_at timestamptz not null,
  tries integer not null default 0 check (tries >= 0),
  sent_at timestamptz,
  given_up_at timestamptz,
  made_at timestamptz not null
);
-- What is opened until a mail goes out is told in that one.
create unique index mail_gathering on clinic.mail (patient_id) where kind = 'opened' and sent_at is null and given_up_at is null;
create index mail_due on clinic.mail (due_at) where sent_at is null and given_up_at is null;
create index on clinic.mail (stop_hash);
create index on clinic.mail (made_at);

-- Up to which place of the keystore's log patients were told.
create table clinic.told_openings (
  single boolean primary key default true check (single),
  through bigint not null check (through >= -1)
);

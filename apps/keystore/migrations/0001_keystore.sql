-- Ids are 128 random bits in base64url. Columns named wrapped and recovery_wrapped hold keys that only the master key or
-- the recovery key opens (SPEC.md section 2). Nothing here is about what a patient has; nothing here is a name.
create domain keystore.opaque_id as text check (value ~ '^[A-Za-z0-9_-]{22}$');
create domain keystore.hash as bytea check (octet_length(value) = 32);
create domain keystore.wrap as bytea check (octet_length(value) = 66);

-- Whose keystore this is: set once.
create table keystore.installation (
  single boolean primary key default true check (single),
  clinic keystore.opaque_id not null,
  recovery_key bytea not null check (octet_length(recovery_key) = 1216),
  made_at timestamptz not null
);

create table keystore.master_version (
  version integer primary key check (version > 0),
  provider text not null check (provider in ('software', 'pkcs11')),
  seen_at timestamptz not null
);

create table keystore.patient_key (
  pseudonym keystore.opaque_id not null,
  version integer not null check (version > 0),
  master_version integer not null references keystore.master_version,
  wrapped keystore.wrap not null,
  recovery_wrapped bytea not null check (octet_length(recovery_wrapped) = 1169),
  made_at timestamptz not null,
  primary key (pseudonym, version)
);
create index on keystore.patient_key (master_version);

create table keystore.object_key (
  object keystore.opaque_id primary key,
  pseudonym keystore.opaque_id not null,
  patient_version integer not null,
  visit keystore.opaque_id,
  wrapped keystore.wrap not null,
  statement text not null,
  entry_index bigint not null,
  made_at timestamptz not null,
  foreign key (pseudonym, patient_version) references keystore.patient_key (pseudonym, version)
);
create index on keystore.object_key (pseudonym, patient_version);

create table keystore.legal_hold (
  pseudonym keystore.opaque_id primary key,
  placed_at timestamptz not null
);

-- What must never come back, whatever backup is restored.
create table keystore.shredded (
  receipt_hash keystore.hash primary key,
  pseudonym keystore.opaque_id not null,
  object keystore.opaque_id,
  receipt text not null,
  shredded_at timestamptz not null
);
create index on keystore.shredded (pseudonym);

create table keystore.nonce (
  nonce keystore.opaque_id primary key,
  subject keystore.opaque_id not null,
  expires_at timestamptz not null
);
create index on keystore.nonce (expires_at);

-- The clinicians' directory: one row a passkey. `statement` is the signed entry, which is what counts.
create table keystore.credential (
  credential text primary key check (credential ~ '^[A-Za-z0-9_-]+$' and char_length(credential) between 16 and 1364),
  subject keystore.opaque_id not null,
  role text not null check (role ~ '^[a-zA-Z]{1,32}$'),
  public_key bytea not null check (octet_length(public_key) = 65),
  counter bigint not null check (counter >= 0),
  statement text not null,
  revocation text,
  enrolled_at timestamptz not null,
  revoked_at timestamptz check ((revoked_at is null) = (revocation is null))
);
create index on keystore.credential (subject);

-- What became of each request: made in the transaction that stores its log entries, and signed, so that nobody but the
-- keystore can say that something was allowed.
create table keystore.request (
  id keystore.opaque_id primary key,
  hash keystore.hash not null,
  subject keystore.opaque_id not null,
  outcome text not null check (outcome in ('allowed', 'refused')),
  reason text check ((outcome = 'refused') = (reason is not null)),
  first_index bigint not null,
  recorded_at timestamptz not null,
  signature text not null
);

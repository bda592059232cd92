-- New keys that wait for somebody's signature: one a person and kind of key. Each proves itself wherever it is used.
create table keystore.enrolment (
  "of" text not null check ("of" in ('clinician', 'patient')),
  subject keystore.opaque_id not null,
  kind text not null check (kind in ('passkey', 'recoveryCode')),
  credential text not null,
  proven text not null check (char_length(proven) <= 16384),
  requested_at timestamptz not null,
  primary key ("of", subject, kind)
);
create index on keystore.enrolment (credential);
create index on keystore.enrolment (requested_at);

-- Manifests that were handed in: `statement` is signed, and is what counts.
create table keystore.registration (
  object keystore.opaque_id primary key references keystore.object_key on delete cascade,
  statement text not null,
  entry_index bigint not null,
  registered_at timestamptz not null
);
create index on keystore.credential (public_key);

-- The log by actor finds those who acted with another too: `actor` is then two ids with a plus between them.
create index entry_first_of_two on audit.entry (split_part(actor, '+', 1), index) where actor like '%+%';
create index entry_second_of_two on audit.entry (split_part(actor, '+', 2), index) where actor like '%+%';

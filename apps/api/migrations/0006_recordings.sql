-- In which folder of the storage an object's sealed bytes lie: its name says nothing, and is known here alone.
create table clinic.stored_object (
  id clinic.opaque_id primary key references clinic.minted_object,
  folder clinic.opaque_id not null unique,
  began_at timestamptz not null
);
create index on clinic.stored_object (began_at);

-- Parts that their writer was let upload, once each; whether one is there the storage says.
create table clinic.granted_part (
  id clinic.opaque_id not null references clinic.stored_object,
  leaf text not null check (leaf ~ '^((0[0-9]{3}|10[01][0-9]|102[0-3])-[0-9]{6}|head)$'),
  length integer not null check (length between 1 and 1048576),
  granted_at timestamptz not null,
  primary key (id, leaf)
);

-- Recordings as they were handed in, before the keystore has said whether they may be: what it accepted is looked up by
-- its hash, also after a crash.
create table clinic.handed_in_recording (
  id clinic.opaque_id not null references clinic.stored_object,
  manifest_hash text not null check (manifest_hash ~ '^[A-Za-z0-9_-]{43}$'),
  manifest bytea not null check (octet_length(manifest) between 1 and 786432),
  evidence text not null check (char_length(evidence) between 2 and 786432),
  handed_in_at timestamptz not null,
  primary key (id, manifest_hash)
);

-- A recording's runs are in the storage, a note's one is here.
alter table clinic.sealed_object drop constraint sealed_object_kind_check;
alter table clinic.sealed_object add constraint sealed_object_kind_check check (kind in ('note', 'recording'));
alter table clinic.sealed_object alter column run drop not null;
alter table clinic.sealed_object add constraint sealed_object_run_place check ((kind = 'note') = (run is not null));

create table clinic.sealed_recording (
  id clinic.opaque_id primary key references clinic.sealed_object,
  recording clinic.opaque_id not null,
  track integer not null check (track between 0 and 65535),
  evidence text not null check (char_length(evidence) between 2 and 786432)
);

-- Whose bytes were taken out of the storage: its key was shredded, or nobody ever handed it in.
create table clinic.removed_object (
  id clinic.opaque_id primary key references clinic.stored_object,
  reason text not null check (reason in ('shredded', 'abandoned')),
  removed_at timestamptz not null
);

-- Until when the storage was told to keep an object's bytes.
create table clinic.retained_object (
  id clinic.opaque_id primary key references clinic.stored_object,
  retained_until timestamptz not null
);

-- Whose bytes the storage was told to hold, because their patient is under legal hold.
create table clinic.held_object (
  id clinic.opaque_id primary key references clinic.stored_object,
  held_at timestamptz not null
);

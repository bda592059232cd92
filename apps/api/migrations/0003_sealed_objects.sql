-- Officers and nurses sign in too; what each may do is the program's to decide.
alter table clinic.staff drop constraint staff_role_check;
alter table clinic.staff add constraint staff_role_check check (role in ('physician', 'nurse', 'privacyOfficer'));

-- For whose visit the keystore made an object's key, and for whom. Rows here and below are written once and stay.
create table clinic.minted_object (
  id clinic.opaque_id primary key,
  visit_id clinic.opaque_id not null references clinic.visit,
  staff_id clinic.opaque_id not null references clinic.staff,
  minted_at timestamptz not null
);
create index on clinic.minted_object (visit_id, minted_at);

-- An object as its writer handed it in: ciphertext, and the manifest that the keystore has registered or is about to.
create table clinic.sealed_object (
  id clinic.opaque_id primary key references clinic.minted_object,
  kind text not null check (kind in ('note')),
  manifest bytea not null check (octet_length(manifest) between 1 and 786432),
  run bytea not null check (octet_length(run) between 1 and 524288),
  stored_at timestamptz not null
);

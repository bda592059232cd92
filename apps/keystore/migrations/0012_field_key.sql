-- A patient's field key: the api seals name and contact under it, and keeps it nowhere. Wrapped by the patient's key of that
-- version, so that it goes with it when all of the patient's is shredded.
create table keystore.field_key (
  pseudonym keystore.opaque_id primary key,
  patient_version integer not null,
  wrapped keystore.wrap not null,
  made_at timestamptz not null,
  foreign key (pseudonym, patient_version) references keystore.patient_key (pseudonym, version) on delete cascade
);

-- In which visit a patient's key was enrolled, as its statement says; null with help. A visit is of one patient.
alter table keystore.patient_credential add column visit keystore.opaque_id;
update keystore.patient_credential set visit = statement::jsonb #>> '{payload,visit}';
create index on keystore.patient_credential (visit) where visit is not null;

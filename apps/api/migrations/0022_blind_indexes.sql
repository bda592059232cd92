-- By which a patient is found without their name being opened: HMACs under a key of the api's, in no table. Null where they were
-- erased, and where there is nothing to be found by; `index_key` says under which key, and is null for whom nobody has indexed yet.
alter table clinic.patient
  add column person_index bytea check (octet_length(person_index) = 32),
  add column family_index bytea check (octet_length(family_index) = 2),
  add column index_key bytea check (octet_length(index_key) = 16);
create index on clinic.patient (clinic_id, person_index);
create index on clinic.patient (clinic_id, family_index);

alter table clinic.incident_alert drop constraint incident_alert_rule_check;
alter table clinic.incident_alert add constraint incident_alert_rule_check check
  (rule in ('overOwnMean', 'bulk', 'manyEmergencies', 'repeatedDenials', 'newPlace', 'afterHours', 'ownRelative'));

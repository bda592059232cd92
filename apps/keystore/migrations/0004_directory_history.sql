-- What the log says of one person's or patient's keys: looked up before any of them is believed.
create index entry_keys_history on audit.entry (resource, index)
  where action in ('clinician.enrol', 'clinician.replace', 'clinician.revoke',
                   'patientCredential.enrol', 'patientCredential.assist', 'patientCredential.revoke');

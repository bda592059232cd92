-- No key is two people's: looked up before one is enrolled.
create index on keystore.patient_credential (public_key);

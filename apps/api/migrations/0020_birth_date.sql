-- Whoever has a patient's link says their date of birth as well, where the clinic has it; after five wrong ones the link opens
-- nothing more.
alter table clinic.patient add column birth_date_sealed bytea check (octet_length(birth_date_sealed) = 39);
alter table clinic.invitation add column birth_date_tries integer not null default 0 check (birth_date_tries between 0 and 5);

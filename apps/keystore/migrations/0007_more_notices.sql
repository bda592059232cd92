alter table keystore.notice drop constraint notice_kind_check;
alter table keystore.notice add constraint notice_kind_check check (kind in
  ('breakGlass', 'breakGlassRefused', 'unwitnessed', 'assist', 'patientKey', 'enrolment', 'revocation', 'shred'));

-- What no flood of others may push out of what is told.
create index notice_grave on keystore.notice (id) where kind in ('breakGlass', 'unwitnessed');

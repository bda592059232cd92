-- When somebody last did something in a session, as its browser has told, and since when it is locked because nobody did.
alter table clinic.staff_session
  add column active_at timestamptz,
  add column locked_at timestamptz;
update clinic.staff_session set active_at = created_at;
alter table clinic.staff_session alter column active_at set not null;

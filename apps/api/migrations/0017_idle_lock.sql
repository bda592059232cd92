-- When somebody last did something in a session, as its browser has told, and since when it is locked because nobody did.
alter table clinic.staff_session
  add column active_at timestamptz,
  add column locked_at timestamptz;
update clinic.staff_session set active_at = created_at;
alter table clinic.staff_session alter column active_at set not null;

-- The visit that a session came into last, by a ticket while it wasn't locked: into no other it comes while it is.
alter table clinic.staff_session
  add column hosted_visit_id clinic.opaque_id references clinic.visit,
  add column hosted_at timestamptz,
  add check ((hosted_visit_id is null) = (hosted_at is null));

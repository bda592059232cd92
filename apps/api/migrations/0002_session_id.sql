-- Tickets and credentials name the session that asked for them, by an id that isn't what the cookie holds. Sessions from
-- before have none: whoever has one signs in, or opens the link, once more.
delete from clinic.staff_session;
delete from clinic.visit_session;
alter table clinic.staff_session add column id clinic.opaque_id not null unique;
alter table clinic.visit_session add column id clinic.opaque_id not null unique;

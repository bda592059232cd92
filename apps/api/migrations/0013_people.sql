-- A role that is ended before it began never counted at all.
alter table clinic.role_assignment drop constraint role_assignment_check;
alter table clinic.role_assignment add constraint role_assignment_term_check check (valid_until >= valid_from);

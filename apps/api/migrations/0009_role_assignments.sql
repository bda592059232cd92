-- What a member of staff may is decided by the roles that they hold, each with the limits that it was given with
-- (packages/policy). The role in clinic.staff says what somebody is; it lets them do nothing.
alter table clinic.staff drop constraint staff_role_check;
alter table clinic.staff
  add constraint staff_role_check check (role in ('physician', 'nurse', 'privacyOfficer', 'staff', 'admin'));

create table clinic.role_assignment (
  id clinic.opaque_id primary key,
  staff_id clinic.opaque_id not null references clinic.staff,
  role text not null check (role in ('physician', 'nurse', 'privacyOfficer', 'staff', 'admin')),
  valid_from timestamptz not null,
  -- Not valid any more at this instant.
  valid_until timestamptz check (valid_until > valid_from),
  -- Only from there.
  network cidr,
  -- Only at these hours of the clinic's clock: minutes since midnight, over midnight if `to` is less than `from`; and on
  -- which days they begin, Monday is 1.
  hours_from integer check (hours_from between 0 and 1439),
  hours_to integer check (hours_to between 1 and 1440),
  hours_days integer[] check (hours_days <@ array[1, 2, 3, 4, 5, 6, 7] and array_position(hours_days, null) is null),
  granted_at timestamptz not null,
  check (num_nonnulls(hours_from, hours_to, hours_days) in (0, 3))
);
create index on clinic.role_assignment (staff_id);

insert into clinic.role_assignment (id, staff_id, role, valid_from, granted_at)
  select id, id, role, created_at, now() from clinic.staff;

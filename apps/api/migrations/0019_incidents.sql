-- What was found to be unusual, by account: at most one that is open.
create table clinic.incident (
  id clinic.opaque_id primary key,
  clinic_id clinic.opaque_id not null references clinic.clinic,
  -- Null: about no account in particular.
  staff_id clinic.opaque_id references clinic.staff,
  opened_at timestamptz not null,
  -- When the first critical rule was broken, since the account was let go on: the plan's clocks count from here.
  critical_at timestamptz,
  -- Since when the account is to be contained, and disabled, by the rules; null once that is done or was called off.
  contain_since timestamptz,
  disable_since timestamptz,
  disabled_at timestamptz,
  -- When the keystore said last that it holds the account up; null where it was let go on since.
  contained_at timestamptz,
  -- When people were told of it last.
  told_at timestamptz,
  -- When an officer let the account go on: what was found before counts no more.
  lifted_at timestamptz,
  closed_at timestamptz
);
create unique index incident_open on clinic.incident (staff_id) where closed_at is null and staff_id is not null;
create index on clinic.incident (clinic_id, opened_at);

-- One rule, broken by one person in one hour, until an officer let them go on: `key` says which (packages/alerts), so that it is told once.
create table clinic.incident_alert (
  key text primary key,
  incident_id clinic.opaque_id not null references clinic.incident,
  rule text not null check (rule in ('overOwnMean', 'bulk', 'manyEmergencies', 'repeatedDenials', 'newPlace', 'afterHours')),
  count integer not null,
  bound integer not null,
  at timestamptz not null
);
create index on clinic.incident_alert (incident_id);

create table clinic.incident_step (
  incident_id clinic.opaque_id not null references clinic.incident,
  step text not null check (step in ('isolated', 'evidence', 'complianceTold', 'closed')),
  done_at timestamptz not null,
  -- Null: the rules.
  done_by clinic.opaque_id references clinic.staff,
  primary key (incident_id, step)
);

-- What is told of it besides mail.
create table clinic.incident_message (
  id clinic.opaque_id primary key,
  incident_id clinic.opaque_id not null references clinic.incident,
  channel text not null check (channel in ('sms', 'webhook')),
  due_at timestamptz not null,
  tries integer not null default 0,
  sent_at timestamptz,
  given_up_at timestamptz,
  made_at timestamptz not null
);
create index on clinic.incident_message (incident_id);

-- Up to where the keystore's log was looked through by the rules.
create table clinic.watched_accesses (
  clinic_id clinic.opaque_id primary key references clinic.clinic,
  through bigint not null check (through >= -1)
);

-- No role of a suspended account counts, until it is lifted: then all of them do again.
alter table clinic.staff add column suspended_at timestamptz;

alter table clinic.mail drop constraint mail_kind_check;
alter table clinic.mail add constraint mail_kind_check
  check (kind in ('code', 'opened', 'ended', 'invited', 'newDevice', 'signInChanged', 'newPassword', 'incident'));

-- As 0016_phi_at_rest.sql says of all tables. Foreign keys ask no policy, so each reference of a row that is written is looked at here.
do $$
declare
  of_clinic constant text := 'clinic_id = current_setting(''sotto.clinic'', true)';
  of_incident constant text := 'exists (select from clinic.incident o where o.id = incident_id)';
  of_staff constant text := '(%1$s is null or exists (select from clinic.staff o where o.id = %1$s))';
  rule record;
begin
  for rule in
    select * from (values
      ('incident', of_clinic, format(of_staff, 'staff_id')),
      ('watched_accesses', of_clinic, 'true'),
      ('incident_alert', of_incident, 'true'),
      ('incident_step', of_incident, format(of_staff, 'done_by')),
      ('incident_message', of_incident, 'true')
    ) as rules (name, condition, written)
  loop
    execute format('alter table clinic.%I enable row level security', rule.name);
    execute format('create policy of_clinic on clinic.%I using (%s) with check ((%s) and %s)',
      rule.name, rule.condition, rule.condition, rule.written);
  end loop;
end
$$;

-- What nobody opens until two officers lift it (SPEC.md section 7.1): one object, or everything of a patient's where
-- `object` is null. `hash` is what the log has of `statement`; both statements are signed, and are what counts. No row is
-- ever deleted: one that the log has and the table hasn't stops releases.
create table keystore.restriction (
  hash keystore.hash primary key,
  pseudonym keystore.opaque_id not null,
  object keystore.opaque_id,
  statement text not null,
  restricted_at timestamptz not null,
  lifting text
);
create unique index on keystore.restriction (pseudonym, object) nulls not distinct where lifting is null;
create index on keystore.restriction (pseudonym);
create index on keystore.restriction (restricted_at) where lifting is null;

-- What the log says was restricted: looked up before anything is released.
create index entry_restriction on audit.entry (resource, index) where action = 'restriction.place';

alter table keystore.notice drop constraint notice_kind_check;
alter table keystore.notice add constraint notice_kind_check check (kind in
  ('breakGlass', 'breakGlassRefused', 'unwitnessed', 'assist', 'patientKey', 'enrolment', 'revocation', 'shred',
   'restriction', 'restrictionLifted'));

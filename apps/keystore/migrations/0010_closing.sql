-- For how long releases were open, as their viewers' browsers say (SPEC.md section 5.1): of each the closing that counts
-- highest, and where the log tells it. `statement` is what was said, signed by the keystore, which believes only that when
-- it logs it: the columns beside it are there to find it by. What can
-- never be logged is set aside, so that it keeps nothing else from it.
create table keystore.closing (
  request keystore.opaque_id primary key references keystore.request,
  seconds integer not null check (seconds between 0 and 86400),
  heard_at timestamptz not null,
  statement text not null,
  entry_index bigint,
  is_unloggable boolean not null default false check (not is_unloggable or entry_index is null)
);
create index closing_open on keystore.closing (heard_at) where entry_index is null and not is_unloggable;

-- Which object is whose track of a recording: one each. `consent` is the hash of the recording's terms.
create table keystore.recorded_track (
  consent text not null check (consent ~ '^[A-Za-z0-9_-]{43}$'),
  track integer not null check (track between 0 and 65535),
  object keystore.opaque_id not null unique,
  primary key (consent, track)
);

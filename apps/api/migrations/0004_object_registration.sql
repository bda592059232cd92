-- What the keystore answered when a stored object's manifest was registered: its signed statement. Without one the object
-- isn't finished, and is listed to nobody. Written once, and stays.
create table clinic.object_registration (
  id clinic.opaque_id primary key references clinic.sealed_object,
  statement text not null check (char_length(statement) between 1 and 8192),
  registered_at timestamptz not null
);

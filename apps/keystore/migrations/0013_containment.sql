-- Who is contained, and who isn't any more, is what the log says: looked up before anything is released.
create index entry_containment on audit.entry (resource, index)
  where action in ('containment.place', 'containment.lift');

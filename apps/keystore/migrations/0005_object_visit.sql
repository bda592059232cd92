-- Which patient a visit is of: looked up before another object is made in it.
create index on keystore.object_key (visit, entry_index) where visit is not null;

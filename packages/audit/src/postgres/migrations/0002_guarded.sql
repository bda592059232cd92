-- The log in PostgreSQL, second part (SPEC.md section 9): what a role may do, it does by functions, none of which
-- changes what is there. Run by the owner, in one transaction.

ALTER TABLE audit.sequencer ADD CONSTRAINT sequencer_countable CHECK (size <= 9007199254740991);
ALTER TABLE audit.erased_head ADD CONSTRAINT erased_head_countable CHECK (sequence < 9007199254740991);
ALTER TABLE audit.checkpoint ADD CONSTRAINT checkpoint_countable CHECK (size <= 9007199254740991);

CREATE TRIGGER sequencer_stays BEFORE DELETE OR TRUNCATE ON audit.sequencer EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER erased_head_stays BEFORE DELETE OR TRUNCATE ON audit.erased_head EXECUTE FUNCTION audit.refuse_change();

-- Null where it isn't one. What stands in a table may have been changed by whoever owns it.
CREATE FUNCTION audit.as_json(canonical bytea) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN convert_from(canonical, 'UTF8')::jsonb;
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END $$;

CREATE FUNCTION audit.stored_commitment(place bigint) RETURNS bytea
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  -- Nothing where the row ends before: no commitment is empty.
  SELECT substr(c.hashes, (least(place - c.start, 1024) * 32 + 1)::int, 32) FROM audit.commitments c
  WHERE c.start <= place
  ORDER BY c.start DESC LIMIT 1
$$;

-- Whether an entry of the log says that this one, by its place and commitment, was erased (SPEC.md section 6).
CREATE FUNCTION audit.is_erasure_on_record(place bigint, committed bytea) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM audit.entry e, audit.as_json(e.canonical) AS record
    WHERE e.action = 'audit.erase' AND e.resource = 'entry:' || place AND e.index > place
      AND sha256(e.salt || e.canonical) = audit.stored_commitment(e.index)
      AND record ->> 'action' = 'audit.erase' AND record ->> 'resource' = 'entry:' || place
      AND record ->> 'outcome' = 'allowed' AND record ->> 'patient' IS NULL
      -- Base64url without padding.
      AND record ->> 'before' = translate(encode(committed, 'base64'), '+/=', '-_')
  )
$$;

-- The one way to lose an entry: it is what was logged, and its erasure has been logged. Its patient's count stays.
CREATE OR REPLACE FUNCTION audit.only_erasure() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  committed bytea := sha256(OLD.salt || OLD.canonical);
  said jsonb := audit.as_json(OLD.canonical);
BEGIN
  IF committed IS DISTINCT FROM audit.stored_commitment(OLD.index) OR said ->> 'action' IS NOT DISTINCT FROM 'audit.erase'
    OR NOT audit.is_erasure_on_record(OLD.index, committed)
  THEN
    RAISE EXCEPTION 'no erasure is on record' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO audit.erased_head (patient, sequence, commitment)
  SELECT said ->> 'patient', (said ->> 'patientSequence')::bigint, committed
  WHERE said ->> 'patient' IS NOT NULL AND NOT EXISTS (
    SELECT FROM audit.entry later WHERE later.patient = said ->> 'patient' AND later.index > OLD.index
  )
  ON CONFLICT (patient) DO UPDATE SET sequence = excluded.sequence, commitment = excluded.commitment
    WHERE excluded.sequence > erased_head.sequence;
  RETURN OLD;
END $$;

-- What an erasure leaves of a patient's count is that of an entry that is there until then, and only goes forward.
CREATE FUNCTION audit.only_of_entry() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM audit.entry e, audit.as_json(e.canonical) AS said
    WHERE e.patient = NEW.patient AND sha256(e.salt || e.canonical) = NEW.commitment
      AND said ->> 'patient' = NEW.patient AND said ->> 'patientSequence' = NEW.sequence::text
  ) THEN
    RAISE EXCEPTION 'no entry of this patient has that place' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.patient <> OLD.patient OR NEW.sequence <= OLD.sequence) THEN
    RAISE EXCEPTION 'a patient''s count only goes forward' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER erased_head_of_entry BEFORE INSERT OR UPDATE ON audit.erased_head
  FOR EACH ROW EXECUTE FUNCTION audit.only_of_entry();

-- Deletes an entry whose erasure is on record; fails if there is none to delete, so that a second record isn't kept.
CREATE OR REPLACE FUNCTION audit.erase(erased bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM audit.entry e WHERE e.index = erased;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no such entry' USING ERRCODE = 'no_data_found';
  END IF;
  RETURN true;
END $$;

-- The sequencer's row, held until the transaction ends.
CREATE FUNCTION audit.hold() RETURNS TABLE (size bigint, subtrees bytea, root bytea)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT s.size, s.subtrees, s.root FROM audit.sequencer s FOR UPDATE
$$;

-- Appends a batch if the sequencer still stands where it begins, and moves it to the batch's end; otherwise does
-- nothing and says so. Two writers never make a fork.
-- contents: salt and canonical bytes of each entry, one after the other; ends: where each of them ends.
-- times to resources: a word an entry, with a space between, none for no patient. Arrays would take twice as long.
CREATE FUNCTION audit.append(
  from_size bigint, from_root bytea, to_subtrees bytea, to_root bytea, new_commitments bytea,
  new_levels smallint[], new_indices bigint[], new_hashes bytea,
  contents bytea, ends int[], times text, actors text, patients text, actions text, resources text
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  added int := length(new_commitments) / 32;
  stored int;
BEGIN
  -- A place is taken by its own batch alone: nothing stands where a later one would be.
  IF added NOT BETWEEN 1 AND 1024 OR cardinality(ends) <> added OR cardinality(new_levels) <> cardinality(new_indices)
    OR EXISTS (
      SELECT FROM unnest(new_levels, new_indices) AS tree (level, index)
      WHERE (index + 1) << level NOT BETWEEN from_size + 1 AND from_size + added
    )
  THEN
    RAISE EXCEPTION 'not a batch' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  UPDATE audit.sequencer s SET size = from_size + added, subtrees = to_subtrees, root = to_root
  WHERE s.size = from_size AND s.root = from_root;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO audit.commitments (start, hashes) VALUES (from_size, new_commitments);
  INSERT INTO audit.subtree (level, index, hash)
  SELECT level, index, substr(new_hashes, (at::int - 1) * 32 + 1, 32)
  FROM unnest(new_levels, new_indices) WITH ORDINALITY AS tree (level, index, at);
  INSERT INTO audit.entry (index, salt, canonical, time, actor, patient, action, resource)
  SELECT from_size + at - 1, substr(contents, begin + 1, 32), substr(contents, begin + 33, stop - begin - 32),
    time::timestamptz, actor, nullif(patient, ''), action, resource
  FROM unnest(
    0 || ends[:added - 1], ends, string_to_array(times, ' '), string_to_array(actors, ' '),
    string_to_array(patients, ' '), string_to_array(actions, ' '), string_to_array(resources, ' ')
  ) WITH ORDINALITY AS act (begin, stop, time, actor, patient, action, resource, at);
  GET DIAGNOSTICS stored = ROW_COUNT;
  IF stored <> added THEN
    RAISE EXCEPTION 'not a batch' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN true;
END $$;

-- Keeps a checkpoint of what is there. The first of its size and kind stays.
CREATE FUNCTION audit.keep_checkpoint(of_size bigint, is_witnessed boolean, signed text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF of_size > (SELECT s.size FROM audit.sequencer s) OR split_part(signed, E'\n', 2) <> of_size::text THEN
    RAISE EXCEPTION 'not a checkpoint of this log' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  INSERT INTO audit.checkpoint (size, witnessed, note) VALUES (of_size, is_witnessed, signed) ON CONFLICT DO NOTHING;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;

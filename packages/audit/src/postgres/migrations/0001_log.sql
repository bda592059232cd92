-- The log in PostgreSQL (SPEC.md section 9). Run by the owner, in one transaction.
CREATE SCHEMA audit;

-- Entries: erasable by row. `canonical` is what was hashed; the other columns are copies to search by.
CREATE TABLE audit.entry (
  index bigint PRIMARY KEY CHECK (index >= 0),
  salt bytea NOT NULL CHECK (length(salt) = 32),
  canonical bytea NOT NULL CHECK (length(canonical) <= 4096),
  time timestamptz NOT NULL,
  actor text NOT NULL,
  patient text,
  action text NOT NULL,
  resource text NOT NULL
);
CREATE INDEX entry_patient ON audit.entry (patient, index) WHERE patient IS NOT NULL;
CREATE INDEX entry_actor ON audit.entry (actor, index);

-- Commitments of a batch, one after the other: what stays for ever.
CREATE TABLE audit.commitments (
  start bigint PRIMARY KEY CHECK (start >= 0),
  hashes bytea NOT NULL CHECK (length(hashes) % 32 = 0 AND length(hashes) BETWEEN 32 AND 32768)
);

-- Roots of perfect subtrees of 256, 65,536, … leaves: so that a proof reads a few rows.
CREATE TABLE audit.subtree (
  level smallint NOT NULL CHECK (level > 0 AND level % 8 = 0),
  index bigint NOT NULL CHECK (index >= 0),
  hash bytea NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (level, index)
);

-- A patient's own count goes on from the patient's last entry, or from here where that was erased.
CREATE TABLE audit.erased_head (
  patient text PRIMARY KEY,
  sequence bigint NOT NULL CHECK (sequence > 0),
  commitment bytea NOT NULL CHECK (length(commitment) = 32)
);

-- The one row that orders everything, and the only one that is ever signed.
CREATE TABLE audit.sequencer (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  size bigint NOT NULL CHECK (size >= 0),
  subtrees bytea NOT NULL CHECK (length(subtrees) % 32 = 0),
  root bytea NOT NULL CHECK (length(root) = 32)
);
-- SHA-256 of nothing: the root of the empty tree (RFC 6962 section 2.1).
INSERT INTO audit.sequencer (size, subtrees, root)
VALUES (0, '', '\xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');

-- Checkpoints as signed notes; a second row when the witness has cosigned.
CREATE TABLE audit.checkpoint (
  size bigint NOT NULL CHECK (size >= 0),
  witnessed boolean NOT NULL,
  note text NOT NULL CHECK (length(note) <= 65536),
  made_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (size, witnessed)
);

CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER entry_fixed BEFORE UPDATE OR TRUNCATE ON audit.entry EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER commitments_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.commitments EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER subtree_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.subtree EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER checkpoint_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.checkpoint EXECUTE FUNCTION audit.refuse_change();

CREATE FUNCTION audit.only_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.size <= OLD.size THEN
    RAISE EXCEPTION 'the sequencer only goes forward' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER sequencer_forward BEFORE UPDATE ON audit.sequencer FOR EACH ROW EXECUTE FUNCTION audit.only_forward();

-- The one way to lose an entry: after the erasure itself has been logged (SPEC.md section 6).
CREATE INDEX entry_erasure ON audit.entry (resource) WHERE action = 'audit.erase';
CREATE FUNCTION audit.only_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.action = 'audit.erase' OR NOT EXISTS (
    SELECT FROM audit.entry e
    WHERE e.action = 'audit.erase' AND e.resource = 'entry:' || OLD.index AND e.index > OLD.index
  ) THEN
    RAISE EXCEPTION 'no erasure is on record' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER entry_erased BEFORE DELETE ON audit.entry FOR EACH ROW EXECUTE FUNCTION audit.only_erasure();

CREATE FUNCTION audit.erase(erased bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.erased_head (patient, sequence, commitment)
  SELECT e.patient, (convert_from(e.canonical, 'UTF8')::jsonb ->> 'patientSequence')::bigint, sha256(e.salt || e.canonical)
  FROM audit.entry e
  WHERE e.index = erased AND e.patient IS NOT NULL
    AND NOT EXISTS (SELECT FROM audit.entry later WHERE later.patient = e.patient AND later.index > e.index)
  ON CONFLICT (patient) DO UPDATE SET sequence = excluded.sequence, commitment = excluded.commitment
    WHERE excluded.sequence > erased_head.sequence;
  DELETE FROM audit.entry e WHERE e.index = erased;
  RETURN FOUND;
END $$;
REVOKE ALL ON FUNCTION audit.erase(bigint) FROM PUBLIC;

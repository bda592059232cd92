import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type ClientBase, escapeIdentifier } from 'pg';
import { AuditStoreError } from './errors.ts';

export interface LogRoles {
  /** Appends, keeps checkpoints and reads: can't change or delete what is there. */
  readonly writer: string;
  /** A writer that may also erase, by `audit.erase` alone; null where nobody may. */
  readonly eraser: string | null;
  /** Reads, and no more; none unless told. */
  readonly auditor?: string;
}

/** In order; what was published never changes, and a database remembers which it has. */
const migrations = ['0001_log', '0002_guarded'] as const;

const writing = [
  'audit.hold()',
  'audit.append(bigint, bytea, bytea, bytea, bytea, smallint[], bigint[], bytea, bytea, int[], text, text, text, text, text)',
  'audit.keep_checkpoint(bigint, boolean, text)',
] as const;
const erasing = 'audit.erase(bigint)';

/**
 * Brings the log's tables to the newest form, in a database that has none or an older one, and gives the roles exactly
 * what they need: what they had in the schema before is taken away.
 *
 * @param owner a connection of the schema's owner, in a transaction of the caller's
 * @throws AuditStoreError `otherVersion` if the tables were made by a newer version, or by a changed one;
 *   `notSeparate` if a role owns them, or may become who does
 */
export async function installLog(owner: ClientBase, roles: LogRoles): Promise<void> {
  await migrateLog(owner);
  const { writer, eraser, auditor } = roles;
  const writers = eraser === null ? [writer] : [writer, eraser];
  for (const role of new Set([...writers, ...(auditor === undefined ? [] : [auditor])])) {
    await refuseOwner(owner, role);
    const name = escapeIdentifier(role);
    await owner.query(`
      REVOKE ALL ON ALL TABLES IN SCHEMA audit FROM ${name};
      REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM ${name};
      REVOKE ALL ON SCHEMA audit FROM ${name};
      GRANT USAGE ON SCHEMA audit TO ${name};
      GRANT SELECT ON ALL TABLES IN SCHEMA audit TO ${name};`);
  }
  for (const role of writers) {
    await owner.query(`GRANT EXECUTE ON FUNCTION ${writing.join(', ')} TO ${escapeIdentifier(role)}`);
  }
  if (eraser !== null) await owner.query(`GRANT EXECUTE ON FUNCTION ${erasing} TO ${escapeIdentifier(eraser)}`);
}

async function migrateLog(owner: ClientBase): Promise<void> {
  const { rows: made } = await owner.query<{ hasLog: boolean; hasList: boolean }>(
    `SELECT to_regclass('audit.sequencer') IS NOT NULL AS "hasLog",
            to_regclass('audit.schema_migration') IS NOT NULL AS "hasList"`,
  );
  const [{ hasLog, hasList } = { hasLog: false, hasList: false }] = made;
  const applied = new Map<string, string>();
  if (hasList) {
    const { rows } = await owner.query<{ name: string; sha256: string }>(
      'SELECT name, sha256 FROM audit.schema_migration',
    );
    for (const { name, sha256 } of rows) applied.set(name, sha256);
  }
  const known: readonly string[] = migrations;
  if ([...applied.keys()].some((name) => !known.includes(name))) throw new AuditStoreError('otherVersion');
  for (const name of migrations) {
    const sql = await readFile(new URL(`./migrations/${name}.sql`, import.meta.url), 'utf8');
    const sha256 = createHash('sha256').update(sql).digest('hex');
    const before = applied.get(name);
    if (before !== undefined && before !== sha256) throw new AuditStoreError('otherVersion');
    if (before !== undefined) continue;
    // The first version kept no list.
    const isMade = name === '0001_log' && hasLog;
    if (!isMade) await owner.query(sql);
    await owner.query(`
      CREATE TABLE IF NOT EXISTS audit.schema_migration (
        name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
      )`);
    await owner.query('INSERT INTO audit.schema_migration (name, sha256) VALUES ($1, $2)', [name, sha256]);
  }
}

/** Whom rights don't hold. */
async function refuseOwner(owner: ClientBase, role: string): Promise<void> {
  const { rows } = await owner.query<{ isOwner: boolean }>(
    `SELECT pg_has_role($1, nspowner, 'MEMBER') AS "isOwner" FROM pg_namespace WHERE nspname = 'audit'`,
    [role],
  );
  if (rows[0]?.isOwner !== false) throw new AuditStoreError('notSeparate');
}

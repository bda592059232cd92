import { readFile } from 'node:fs/promises';
import { type ClientBase, escapeIdentifier } from 'pg';

export interface LogRoles {
  /** Appends, signs and reads: can't change or delete what is there. */
  readonly writer: string;
  /** A writer that may also erase, by `audit.erase` alone; null where nobody may. */
  readonly eraser: string | null;
}

/**
 * Makes the log's tables in a database that has none, and gives the roles exactly what they need.
 *
 * @param owner a connection of the schema's owner, in a transaction of the caller's
 */
export async function installLog(owner: ClientBase, roles: LogRoles): Promise<void> {
  await owner.query(await readFile(new URL('./migration.sql', import.meta.url), 'utf8'));
  const writer = escapeIdentifier(roles.writer);
  await owner.query(`
    GRANT USAGE ON SCHEMA audit TO ${writer};
    GRANT SELECT, INSERT ON audit.entry, audit.commitments, audit.subtree, audit.checkpoint TO ${writer};
    GRANT SELECT ON audit.erased_head TO ${writer};
    GRANT SELECT, UPDATE ON audit.sequencer TO ${writer};`);
  if (roles.eraser === null) return;
  const eraser = escapeIdentifier(roles.eraser);
  await owner.query(
    `GRANT USAGE ON SCHEMA audit TO ${eraser}; GRANT EXECUTE ON FUNCTION audit.erase(bigint) TO ${eraser};`,
  );
}

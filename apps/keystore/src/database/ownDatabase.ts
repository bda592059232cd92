import { StartError } from '@sotto/service/errors';
import { assertMigrated } from '@sotto/service/migrations';
import type { DatabaseConnection } from '@sotto/service/postgres';
import { keyMigrations } from './migration.ts';

/**
 * Refuses a database that isn't the keystore's alone, or isn't of this version (SPEC.md section 8).
 *
 * @throws StartError
 */
export async function assertOwnDatabase({ database }: DatabaseConnection): Promise<void> {
  const names = async (query: string) => (await database.execute<{ name: string }>(query)).rows.map(({ name }) => name);
  const schemas = await names(
    `select nspname as name from pg_namespace where nspname !~ '^pg_' and
       nspname not in ('information_schema', 'public', 'keystore', 'audit')`,
  );
  const tables = await names("select relname as name from pg_class where relnamespace = 'public'::regnamespace");
  if (schemas.length > 0 || tables.length > 0) {
    throw new StartError('The key database holds something else too: give the keystore a database of its own.');
  }
  const others = await names(
    `select datname as name from pg_database where not datistemplate and datname not in (current_database(), 'postgres')`,
  );
  if (others.length > 0) {
    throw new StartError('The key database’s server has other databases: give the keystore a server of its own.');
  }
  const powers = await names(
    `select rolname as name from pg_roles where rolname = current_user and
       (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)`,
  );
  if (powers.length > 0) throw new StartError('KEYSTORE_DATABASE_URL_FILE names a role with rights over the server.');
  await assertMigrated(database, keyMigrations);
}

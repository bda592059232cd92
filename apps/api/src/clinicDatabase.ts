import type { ClinicId } from '@sotto/protocol/ids';
import { StartError } from '@sotto/service/errors';
import { assertMigrated } from '@sotto/service/migrations';
import {
  type ConnectionOptions,
  connectDatabase,
  type Database,
  type DatabaseConnection,
} from '@sotto/service/postgres';
import { clinicMigrations } from './migration.ts';

/**
 * Connects to the clinic database as one clinic: row-level security gives the rows of that clinic and takes no others
 * (migrations/0016_phi_at_rest.sql).
 *
 * @param url `postgresql://` address of the app's role
 */
export const connectClinicDatabase = (
  url: string,
  clinicId: ClinicId,
  options: Omit<ConnectionOptions, 'settings'>,
): DatabaseConnection => connectDatabase(url, { ...options, settings: { 'sotto.clinic': clinicId } });

/**
 * Whether the database is of this program's version, and gives a connection the one clinic's rows alone.
 *
 * @throws StartError if not: other options in the address drop the clinic's name, and the owner sees every row
 */
export async function assertClinicDatabase(database: Pick<Database, 'execute'>, clinicId: ClinicId): Promise<void> {
  await assertMigrated(database, clinicMigrations);
  const { rows } = await database.execute<{ clinic: string | null; guarded: boolean }>(
    `select current_setting('sotto.clinic', true) as clinic, row_security_active('clinic.patient') as guarded`,
  );
  const [found] = rows;
  if (found?.clinic === clinicId && found.guarded) return;
  throw new StartError(
    'API_DATABASE_URL_FILE must name the app’s role, not the owner’s, and no options of its own: rows are kept apart by both.',
  );
}

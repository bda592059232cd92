import type { ClinicId } from '@sotto/protocol/ids';
import { type ConnectionOptions, connectDatabase, type DatabaseConnection } from '@sotto/service/postgres';

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

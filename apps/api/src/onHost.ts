import { type ClinicId, clinicId } from '@sotto/protocol/ids';
import { path, readEnvironment, readSecret } from '@sotto/service/environment';
import { StartError, startSentence } from '@sotto/service/errors';
import { createLog } from '@sotto/service/log';
import type { Database } from '@sotto/service/postgres';
import { failed } from '@sotto/service/shutdown';
import { assertClinicDatabase, connectClinicDatabase } from './clinicDatabase.ts';
import { apiEvents } from './events.ts';

const log = createLog('api', apiEvents);

interface HostContext {
  readonly clinicId: ClinicId;
  readonly database: Database;
  /** One moment for the whole command. */
  readonly now: () => Date;
}

/**
 * Runs a command on the clinic's own host, with its database, and ends the process where it can't: one sentence, as of a start.
 * Whoever may run it holds the database's password already.
 *
 * Environment: `API_DATABASE_URL_FILE` (the app's role) and `API_CLINIC_ID`.
 *
 * @param parse what was asked for, before anything else @param command what either throws as StartError is said
 */
export async function onHost<T>(
  parse: (now: Date) => T,
  command: (context: HostContext, asked: T) => Promise<void>,
): Promise<void> {
  try {
    const now = new Date();
    const asked = parse(now);
    const named = readEnvironment({ API_DATABASE_URL_FILE: path, API_CLINIC_ID: clinicId });
    const connection = connectClinicDatabase(
      readSecret(named.API_DATABASE_URL_FILE, 'API_DATABASE_URL_FILE'),
      named.API_CLINIC_ID,
      {
        application: 'sotto-api',
        onIdleFault: (error) => log.warn('databaseConnectionLost', { error }),
      },
    );
    const { database } = connection;
    try {
      await assertClinicDatabase(database, named.API_CLINIC_ID);
      await command({ clinicId: named.API_CLINIC_ID, database, now: () => now }, asked);
    } finally {
      await connection.close();
    }
  } catch (fault) {
    if (!(fault instanceof StartError)) log.error('crashed', { error: fault });
    await failed(startSentence(fault), fault);
  }
}

import { path, readEnvironment, readSecret } from '@sotto/service/environment';
import { startSentence } from '@sotto/service/errors';
import { failed } from '@sotto/service/shutdown';
import { migrate } from './migration.ts';

/**
 * Creates or updates the clinic database, and gives the app's role its rights. Safe to run again and at the same time
 * as another one.
 *
 * Environment: `API_OWNER_DATABASE_URL_FILE` (a role that may create the database and roles) and
 * `API_DATABASE_URL_FILE` (the app's role, made if it doesn't exist).
 */
try {
  const named = readEnvironment({ API_OWNER_DATABASE_URL_FILE: path, API_DATABASE_URL_FILE: path });
  await migrate(
    readSecret(named.API_OWNER_DATABASE_URL_FILE, 'API_OWNER_DATABASE_URL_FILE'),
    readSecret(named.API_DATABASE_URL_FILE, 'API_DATABASE_URL_FILE'),
  );
} catch (fault) {
  await failed(startSentence(fault), fault);
}

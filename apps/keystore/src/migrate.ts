import { path, readEnvironment, readSecret } from '@sotto/service/environment';
import { startSentence } from '@sotto/service/errors';
import { failed } from '@sotto/service/shutdown';
import { migrate } from './database/migration.ts';

/**
 * Creates or updates the key database with its log, and gives the service's role its rights. Safe to run again and at
 * the same time as another one.
 *
 * Environment: `KEYSTORE_OWNER_DATABASE_URL_FILE` (owns the schemas) and `KEYSTORE_DATABASE_URL_FILE` (the service's).
 */
try {
  const named = readEnvironment({ KEYSTORE_OWNER_DATABASE_URL_FILE: path, KEYSTORE_DATABASE_URL_FILE: path });
  await migrate(
    readSecret(named.KEYSTORE_OWNER_DATABASE_URL_FILE, 'KEYSTORE_OWNER_DATABASE_URL_FILE'),
    readSecret(named.KEYSTORE_DATABASE_URL_FILE, 'KEYSTORE_DATABASE_URL_FILE'),
  );
} catch (fault) {
  await failed(startSentence(fault), fault);
}

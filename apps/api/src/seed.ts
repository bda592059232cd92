import { path, readEnvironment } from '@sotto/service/environment';
import { StartError, startSentence } from '@sotto/service/errors';
import { createLog } from '@sotto/service/log';
import { assertMigrated } from '@sotto/service/migrations';
import { failed } from '@sotto/service/shutdown';
import * as z from 'zod';
import { configureClinic, configureKeystore } from './configuration.ts';
import { ensureClinic, ensureDemo } from './demoClinic.ts';
import { keepDemoPassword } from './demoPassword.ts';
import { apiEvents } from './events.ts';
import { createKeystoreClient } from './keystoreClient.ts';
import { clinicMigrations } from './migration.ts';

/**
 * Puts the clinic's row into the database and, with `API_SEED_DEMO=1`, a demo into the clinic; then prints the demo's
 * accounts and link as one line of JSON on stdout. Safe to run again.
 *
 * Environment: as the api's, and `API_CLINIC_NAME`.
 */
const log = createLog('api', apiEvents);

try {
  const named = readEnvironment({
    API_CLINIC_NAME: z.string().trim().min(1).max(120),
    API_SEED_DEMO: z.literal('1').optional(),
    API_FIELD_KEY_FILE: path,
  });
  const keystore = createKeystoreClient({
    ...configureKeystore(),
    onFault: (error) => log.warn('keystoreUnavailable', { error }),
  });
  const { context, connection } = await configureClinic(
    (error) => log.warn('databaseConnectionLost', { error }),
    keystore,
  );
  try {
    await assertMigrated(connection.database, clinicMigrations);
    await ensureClinic(context, named.API_CLINIC_NAME);
    if (named.API_SEED_DEMO === '1') {
      const demo = await ensureDemo(context, keepDemoPassword(named.API_FIELD_KEY_FILE));
      process.stdout.write(`${JSON.stringify(demo)}\n`);
    }
    log.info('seeded');
  } finally {
    keystore.close();
    await connection.close();
  }
} catch (fault) {
  if (!(fault instanceof StartError)) log.error('crashed', { error: fault });
  await failed(startSentence(fault), fault);
}

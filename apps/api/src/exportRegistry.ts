import { clinicId } from '@sotto/protocol/ids';
import { path, readEnvironment, readSecret } from '@sotto/service/environment';
import { startSentence } from '@sotto/service/errors';
import { failed } from '@sotto/service/shutdown';
import { asc, eq } from 'drizzle-orm';
import { connectClinicDatabase } from './clinicDatabase.ts';
import {
  mintedObjectTable,
  objectRegistrationTable,
  removedObjectTable,
  storedObjectTable,
  visitTable,
} from './schema.ts';

/**
 * Writes a line of JSON for each object that was ever in the storage: where its bytes lie, what the keystore said when it was
 * registered, and whether they were taken away. `npx sotto vault verify STORAGE --registry FILE` checks the storage by it.
 *
 * Environment: `API_DATABASE_URL_FILE` and `API_CLINIC_ID`, as the api has them. Ids only, no names.
 */
async function exportRegistry(): Promise<void> {
  const named = readEnvironment({ API_DATABASE_URL_FILE: path, API_CLINIC_ID: clinicId });
  const connection = connectClinicDatabase(
    readSecret(named.API_DATABASE_URL_FILE, 'API_DATABASE_URL_FILE'),
    named.API_CLINIC_ID,
    {
      application: 'sotto-registry',
      onIdleFault: () => undefined,
    },
  );
  try {
    const rows = await connection.database
      .select({
        object: storedObjectTable.id,
        folder: storedObjectTable.folder,
        statement: objectRegistrationTable.statement,
        removed: removedObjectTable.reason,
      })
      .from(storedObjectTable)
      .innerJoin(mintedObjectTable, eq(mintedObjectTable.id, storedObjectTable.id))
      .innerJoin(visitTable, eq(visitTable.id, mintedObjectTable.visitId))
      .leftJoin(objectRegistrationTable, eq(objectRegistrationTable.id, storedObjectTable.id))
      .leftJoin(removedObjectTable, eq(removedObjectTable.id, storedObjectTable.id))
      .where(eq(visitTable.clinicId, named.API_CLINIC_ID))
      .orderBy(asc(storedObjectTable.beganAt));
    for (const { statement, ...row } of rows) {
      const said: unknown = statement === null ? null : JSON.parse(statement);
      process.stdout.write(`${JSON.stringify({ ...row, statement: said })}\n`);
    }
  } finally {
    await connection.close();
  }
}

try {
  await exportRegistry();
} catch (fault) {
  await failed(startSentence(fault), fault);
}

import { clinicId } from '@sotto/protocol/ids';
import { path, readEnvironment, readSecret } from '@sotto/service/environment';
import { StartError, startSentence } from '@sotto/service/errors';
import { createLog } from '@sotto/service/log';
import { assertMigrated } from '@sotto/service/migrations';
import { connectDatabase } from '@sotto/service/postgres';
import { failed } from '@sotto/service/shutdown';
import { and, eq } from 'drizzle-orm';
import { endRole, giveRole, wasGiven } from './access/roleAssignment.ts';
import { apiEvents } from './events.ts';
import { clinicMigrations } from './migration.ts';
import { parseRoleArguments } from './roleArguments.ts';
import { staffTable } from './schema.ts';
import { disableAccount } from './staffSession.ts';

/**
 * Gives a member of staff a role with its limits, ends one, or disables their account, on the clinic's own host; the next request counts by it
 * (`usage` in roleArguments). Whoever may run it holds the database's password already.
 *
 * Environment: `API_DATABASE_URL_FILE` (the app's role) and `API_CLINIC_ID`.
 */
const log = createLog('api', apiEvents);

const heldAlready =
  'They hold this role already, and roles add up: what you give now would limit nothing. End it first, then give it anew.';
const afterDisabling =
  'The account is disabled and signed out everywhere. Its passkey in the keystore is another thing: an officer ends it, on the page for officers.\n';

try {
  const now = new Date();
  const command = parseRoleArguments(process.argv.slice(2), now);
  const named = readEnvironment({ API_DATABASE_URL_FILE: path, API_CLINIC_ID: clinicId });
  const connection = connectDatabase(readSecret(named.API_DATABASE_URL_FILE, 'API_DATABASE_URL_FILE'), {
    application: 'sotto-api',
    onIdleFault: (error) => log.warn('databaseConnectionLost', { error }),
  });
  const { database } = connection;
  try {
    await assertMigrated(database, clinicMigrations);
    const [staff] = await database
      .select({ id: staffTable.id, disabledAt: staffTable.disabledAt })
      .from(staffTable)
      .where(and(eq(staffTable.clinicId, named.API_CLINIC_ID), eq(staffTable.email, command.email)));
    if (staff === undefined) throw new StartError('Nobody of the clinic has an account with this address.');
    const staffId = staff.id;
    switch (command.does) {
      case 'give': {
        const { role, limits } = command;
        if (staff.disabledAt !== null) throw new StartError('This account is disabled: nothing was changed.');
        await database.transaction(async (transaction) => {
          // One after the other, should two people give it at once.
          await transaction
            .select({ id: staffTable.id })
            .from(staffTable)
            .where(eq(staffTable.id, staffId))
            .for('update');
          if (await wasGiven(transaction, staffId, role, now)) throw new StartError(heldAlready);
          await giveRole(transaction, staffId, role, now, limits);
        });
        log.info('roleGiven', { staffId, reason: role });
        break;
      }
      case 'end': {
        const count = await endRole(database, staffId, command.role, now);
        if (count === 0) throw new StartError('They don’t hold this role: nothing was changed.');
        log.info('roleEnded', { staffId, reason: command.role, count });
        break;
      }
      case 'disable': {
        const isNew = await disableAccount({ database }, staffId, now);
        if (!isNew) throw new StartError('This account is disabled already.');
        log.info('accountDisabled', { staffId });
        process.stdout.write(afterDisabling);
        break;
      }
    }
  } finally {
    await connection.close();
  }
} catch (fault) {
  if (!(fault instanceof StartError)) log.error('crashed', { error: fault });
  await failed(startSentence(fault), fault);
}

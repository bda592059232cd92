import type { ErrorCode } from '@sotto/protocol/errors';
import { clinicId, type StaffId } from '@sotto/protocol/ids';
import { path, readEnvironment, readSecret } from '@sotto/service/environment';
import { StartError, startSentence } from '@sotto/service/errors';
import { createLog } from '@sotto/service/log';
import { assertMigrated } from '@sotto/service/migrations';
import { connectDatabase } from '@sotto/service/postgres';
import { failed } from '@sotto/service/shutdown';
import { and, eq } from 'drizzle-orm';
import { type AdminContext, disableAccount, enableAccount, endStaffRole, giveStaffRole } from './administration.ts';
import { createAdminRecord } from './adminRecord.ts';
import { apiEvents } from './events.ts';
import { clinicMigrations } from './migration.ts';
import { parseRoleArguments, type RoleCommand } from './roleArguments.ts';
import { staffTable } from './schema.ts';

/**
 * Gives a member of staff a role with its limits, ends one, disables their account or lifts that, on the clinic's own host; the next request counts by it
 * (`usage` in roleArguments). Whoever may run it holds the database's password already.
 *
 * Environment: `API_DATABASE_URL_FILE` (the app's role) and `API_CLINIC_ID`.
 */
const log = createLog('api', apiEvents);

/** What is said where nothing was changed. */
const sentences: Record<RoleCommand['does'], Partial<Record<ErrorCode, string>>> = {
  give: {
    wrongState: 'This account is disabled: nothing was changed.',
    conflict:
      'They hold this role already, and roles add up: what you give now would limit nothing. End it first, then give it anew.',
  },
  end: { notFound: 'They don’t hold this role: nothing was changed.' },
  disable: { wrongState: 'This account is disabled already.' },
  enable: { wrongState: 'This account isn’t disabled.' },
};
const afterDisabling =
  'The account is disabled and signed out everywhere, and its roles are over. Its passkey in the keystore is another thing: an officer ends it, on the page for officers.\n';

const perform = (context: AdminContext, command: RoleCommand, whom: { by: 'host'; staff: StaffId }) => {
  switch (command.does) {
    case 'give':
      return giveStaffRole(context, whom, command.role, command.limits);
    case 'end':
      return endStaffRole(context, whom, command.role);
    case 'disable':
      return disableAccount(context, whom);
    case 'enable':
      return enableAccount(context, whom);
  }
};

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
      .select({ id: staffTable.id })
      .from(staffTable)
      .where(and(eq(staffTable.clinicId, named.API_CLINIC_ID), eq(staffTable.email, command.email)));
    if (staff === undefined) throw new StartError('Nobody of the clinic has an account with this address.');
    const context = { clinicId: named.API_CLINIC_ID, database, now: () => now, record: createAdminRecord(log) };
    const result = await perform(context, command, { by: 'host', staff: staff.id });
    if (!result.ok) throw new StartError(sentences[command.does][result.code] ?? 'Nothing was changed.');
    if (command.does === 'disable') process.stdout.write(afterDisabling);
  } finally {
    await connection.close();
  }
} catch (fault) {
  if (!(fault instanceof StartError)) log.error('crashed', { error: fault });
  await failed(startSentence(fault), fault);
}

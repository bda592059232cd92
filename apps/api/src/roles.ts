import type { ErrorCode } from '@sotto/protocol/errors';
import type { StaffId } from '@sotto/protocol/ids';
import { accepted, type Result } from '@sotto/protocol/result';
import { origins, readEnvironment } from '@sotto/service/environment';
import { StartError } from '@sotto/service/errors';
import { and, eq } from 'drizzle-orm';
import { type AdminContext, disableAccount, enableAccount, endStaffRole, giveStaffRole } from './administration.ts';
import { recordedOnHost } from './audit/hostRecord.ts';
import { accountLink } from './mailWords.ts';
import { onHost } from './onHost.ts';
import { parseRoleArguments, type RoleCommand } from './roleArguments.ts';
import { staffTable } from './schema.ts';
import { resetSignIn } from './signInReset.ts';
import { inviteStaff } from './staffInvitations.ts';

/**
 * Gives a member of staff a role with its limits, ends one, disables their account lifts that, or takes away what they
 * have beside their password, on the clinic's own host; the next request counts by it
 * (`usage` in roleArguments).
 *
 * Also invites somebody, such as the clinic's first administrator: the link is printed.
 *
 * Environment: as `onHost`; to invite, `API_ORIGINS` too.
 */

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
  reset: { wrongState: 'This account is disabled: nothing was changed.' },
  invite: {
    conflict: 'Somebody has an account with this address already.',
    wrongState: 'So many invitations are open that no more go out.',
  },
};
const afterDisabling =
  'The account is disabled and signed out everywhere, and its roles are over. Its passkey in the keystore is another thing: an officer ends it, on the page for officers.\n';
const afterResetting =
  'Their authenticator app, their recovery codes and their link to the clinic’s sign-in service are forgotten, and they are signed out everywhere. No mail tells them: tell them yourself. Their password is the same, and so are their passkeys: an officer ends a lost one, on the page for officers.\n';

type Command<Does extends RoleCommand['does']> = Extract<RoleCommand, { does: Does }>;

const perform = (
  context: AdminContext,
  command: Exclude<RoleCommand, { does: 'invite' }>,
  whom: { by: 'host'; staff: StaffId },
) => {
  switch (command.does) {
    case 'give':
      return giveStaffRole(context, whom, command.role, command.limits);
    case 'end':
      return endStaffRole(context, whom, command.role);
    case 'disable':
      return disableAccount(context, whom);
    case 'enable':
      return enableAccount(context, whom);
    case 'reset':
      return resetSignIn(context, whom);
  }
};

/** Does what is asked about an account that is there. */
async function change(context: AdminContext, command: Exclude<RoleCommand, { does: 'invite' }>) {
  const [staff] = await context.database
    .select({ id: staffTable.id })
    .from(staffTable)
    .where(and(eq(staffTable.clinicId, context.clinicId), eq(staffTable.email, command.email)));
  if (staff === undefined) throw new StartError('Nobody of the clinic has an account with this address.');
  return perform(context, command, { by: 'host', staff: staff.id });
}

/** Makes a link, which is printed: nobody could mail one before anybody is there. */
async function invite(context: AdminContext, { email, name, role }: Command<'invite'>): Promise<Result<string>> {
  const { API_ORIGINS } = readEnvironment({ API_ORIGINS: origins });
  let link = '';
  const result = await inviteStaff(context, 'host', { email, name, role }, async (_transaction, secret) => {
    link = accountLink(API_ORIGINS[0], 'en', secret);
  });
  return result.ok ? accepted(`${link}\nIt works once, for two days: give it to nobody else.\n`) : result;
}

await onHost(
  (now) => parseRoleArguments(process.argv.slice(2), now),
  async ({ clinicId, database, now }, command) => {
    const result = await recordedOnHost<string | undefined>(database, { clinicId, now }, (context) =>
      command.does === 'invite' ? invite(context, command) : change(context, command),
    );
    if (!result.ok) throw new StartError(sentences[command.does][result.code] ?? 'Nothing was changed.');
    if (result.value !== undefined) process.stdout.write(result.value);
    if (command.does === 'disable') process.stdout.write(afterDisabling);
    if (command.does === 'reset') process.stdout.write(afterResetting);
  },
);

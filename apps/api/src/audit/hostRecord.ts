import { randomBytes } from 'node:crypto';
import type { EntryDraft } from '@sotto/audit';
import { AuditLog, nodeTreeHasher } from '@sotto/audit/postgres';
import type { Result } from '@sotto/protocol/result';
import type { Database } from '@sotto/service/postgres';
import type { AdminContext } from '../administration.ts';
import { ofAdminAct } from '../adminRecord.ts';
import { UnrecordedActError } from '../errors.ts';
import { type Act, actOf, draftOf, hostActor } from './act.ts';

/** What a command on the host does something with: told of each act, for its record. */
export interface OnHostContext extends AdminContext {
  readonly note: (act: Pick<Act, 'action' | 'resource'> & Partial<Act>) => void;
}

/**
 * One act by a command on the clinic's own host, and its entries, in one transaction. The log's key stays
 * with the service, which signs what stands there with what it records next.
 *
 * @throws AuditStoreError if it can't be recorded: then nothing was done
 */
export const recordedOnHost = <T>(
  database: Database,
  { clinicId, now }: Pick<AdminContext, 'clinicId' | 'now'>,
  act: (context: OnHostContext) => Promise<Result<T>>,
): Promise<Result<T>> => {
  const log = new AuditLog(database, { hasher: nodeTreeHasher, random: (length) => randomBytes(length) });
  return database.transaction(async (transaction) => {
    const acts: Act[] = [];
    const note: OnHostContext['note'] = (done) => void acts.push(actOf(done));
    const tell: AdminContext['tell'] = (done) => note(ofAdminAct(done));
    const result = await act({ clinicId, now, database: transaction, tell, note });
    if (result.ok && acts.length === 0) throw new UnrecordedActError('host');
    const outcome: EntryDraft['outcome'] = result.ok ? 'allowed' : 'refused';
    await log.appendWithin(
      transaction,
      acts.map((done) => draftOf(now(), hostActor, done, outcome)),
    );
    return result;
  });
};

import { randomBytes } from 'node:crypto';
import type { EntryDraft } from '@sotto/audit';
import { AuditLog, nodeTreeHasher } from '@sotto/audit/postgres';
import type { Result } from '@sotto/protocol/result';
import type { Database } from '@sotto/service/postgres';
import type { AdminContext } from '../administration.ts';
import { ofAdminAct } from '../adminRecord.ts';
import { UnrecordedActError } from '../errors.ts';
import { actOf, draftOf, hostActor } from './act.ts';

/**
 * One act of administration by the command on the clinic's own host, and its entry, in one transaction. The log's key stays
 * with the service, which signs what stands there with what it records next.
 *
 * @throws AuditStoreError if it can't be recorded: then nothing was done
 */
export const recordedOnHost = <T>(
  database: Database,
  { clinicId, now }: Pick<AdminContext, 'clinicId' | 'now'>,
  act: (context: AdminContext) => Promise<Result<T>>,
): Promise<Result<T>> => {
  const log = new AuditLog(database, { hasher: nodeTreeHasher, random: (length) => randomBytes(length) });
  return database.transaction(async (transaction) => {
    const told: Parameters<AdminContext['tell']>[0][] = [];
    const result = await act({ clinicId, now, database: transaction, tell: (done) => void told.push(done) });
    if (result.ok && told.length === 0) throw new UnrecordedActError('host');
    const outcome: EntryDraft['outcome'] = result.ok ? 'allowed' : 'refused';
    await log.appendWithin(
      transaction,
      told.map((done) => draftOf(now(), hostActor, actOf(ofAdminAct(done)), outcome)),
    );
    return result;
  });
};

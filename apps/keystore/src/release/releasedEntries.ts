import type { Entry } from '@sotto/audit';
import { type ReleaseRequest, releaseActions } from '@sotto/protocol/keystore';
import type { Transaction } from '@sotto/service/postgres';
import { sql } from 'drizzle-orm';
import { readEntry } from '../log/entry.ts';
import type { RecordedRequest } from '../requestLedger.ts';
import { actorOf } from './releaseRequest.ts';

/** The entries of one release, as they were logged: those that are there still. */
export async function releasedEntries(
  transaction: Pick<Transaction, 'execute'>,
  { firstIndex }: Pick<RecordedRequest, 'firstIndex'>,
  request: ReleaseRequest,
): Promise<Entry[]> {
  const { id, use, objects } = request;
  const { rows } = await transaction.execute<{ canonical: Buffer }>(sql`
    select canonical from audit.entry
     where index >= ${firstIndex} and index < ${firstIndex + objects.length} and action = ${releaseActions[use]}
     order by index`);
  const [actor, resources] = [actorOf(request), new Set(objects.map((object) => `object:${object}`))];
  return rows
    .flatMap(({ canonical }) => readEntry(canonical) ?? [])
    .filter((entry) => entry.session === id && entry.actor === actor && resources.has(entry.resource));
}

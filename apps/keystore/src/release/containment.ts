import type { Entry } from '@sotto/audit';
import { type Contained, contained, containedResource } from '@sotto/protocol/containment';
import type { ClinicId } from '@sotto/protocol/ids';
import { staffId } from '@sotto/protocol/ids';
import type { Containments } from '@sotto/protocol/keystoreRoutes';
import type { Transaction } from '@sotto/service/postgres';
import { type SQL, sql } from 'drizzle-orm';
import { takeRecordingTurn } from '../database/recordingTurn.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { entryOf } from '../log/entry.ts';
import { wholeEntry, withErasure } from '../log/erasure.ts';

/** The log's words for both: what it says last of somebody is so. */
export const containmentActions = { place: 'containment.place', lift: 'containment.lift' } as const;

/** Who contains where nobody signs: the api, by its certificate. */
const apiActor = { actor: 'api', role: 'service' } as const;

type Reader = Pick<Transaction, 'execute'>;

function whomOf(clinic: ClinicId, resource: string): Contained {
  if (resource === containedResource(clinic, 'everyone')) return 'everyone';
  if (resource === containedResource(clinic, 'releases')) return 'releases';
  return contained.parse(resource.slice('clinician:'.length));
}

interface Placed {
  readonly index: number;
  readonly entry: Entry;
}

/**
 * Those that stand, each with the entry that placed it.
 *
 * @param condition on the rows of the log
 * @throws LogStopped `damaged` if an entry can't be read, or any was erased
 */
async function standing(database: Reader, condition: SQL): Promise<Placed[]> {
  // Word for word as the index has it (0013_containment.sql).
  const { rows } = await database.execute<{ index: string; canonical: Buffer }>(
    withErasure(sql`
      select index, resource, canonical from audit.entry
       where action in ('containment.place', 'containment.lift') and ${condition}`),
  );
  const last = new Map<string, Placed>();
  for (const { index, canonical } of rows) {
    const entry = wholeEntry(canonical);
    if (entry.outcome === 'allowed') last.set(entry.resource, { index: Number(index), entry });
  }
  return [...last.values()].filter(({ entry }) => entry.action === containmentActions.place);
}

/** Which of these are contained. */
export async function containedAmong(
  { database, clinic }: { readonly database: Reader; readonly clinic: ClinicId },
  asked: readonly Contained[],
): Promise<ReadonlySet<Contained>> {
  const resources = [...new Set(asked)].map((whom) => containedResource(clinic, whom));
  const found = await standing(database, sql`resource in ${resources}`);
  return new Set(found.map(({ entry }) => whomOf(clinic, entry.resource)));
}

/** The place in the log of the newest entry that contains one of these; null where none is contained. */
export async function containedFrom(
  { database, clinic }: { readonly database: Reader; readonly clinic: ClinicId },
  asked: readonly Contained[],
): Promise<number | null> {
  const resources = asked.map((whom) => containedResource(clinic, whom));
  const found = await standing(database, sql`resource in ${resources}`);
  return found.length === 0 ? null : Math.max(...found.map(({ index }) => index));
}

/** Everybody who is contained. */
export async function readContainments({
  database,
  clinic,
}: Pick<KeystoreContext, 'database' | 'clinic'>): Promise<Containments> {
  const found = await standing(database, sql`true`);
  return {
    containments: found.map(({ entry: { resource, actor, time } }) => ({
      whom: whomOf(clinic, resource),
      by: staffId.safeParse(actor).data ?? null,
      at: time,
    })),
  };
}

/** For a member of staff who is contained, or not any more, where nothing else is to be done than to say so in the log. */
export async function containmentRefusal(
  context: { readonly database: Reader; readonly clinic: ClinicId },
  { action, whom }: { readonly action: 'contain' | 'liftContainment'; readonly whom: Contained },
): Promise<string | null> {
  const isContained = (await containedAmong(context, [whom])).has(whom);
  if (action === 'contain') return isContained ? 'exists' : null;
  return isContained ? null : 'notContained';
}

/** Contains without a signature, for the api; again, it changes nothing. Covered by a checkpoint when it resolves. */
export async function containForApi(context: KeystoreContext, whom: Contained): Promise<void> {
  const { clinic, database, log } = context;
  const isNew = await database.transaction(async (transaction) => {
    // The turn that releases wait for too: what is recorded later knows of it.
    await takeRecordingTurn(transaction);
    if ((await containedAmong({ database: transaction, clinic }, [whom])).has(whom)) return false;
    const about = { action: containmentActions.place, resource: containedResource(clinic, whom) };
    await log.append(transaction, [entryOf(context.now(), { ...apiActor, ...about })]);
    return true;
  });
  if (isNew) await log.cover();
}

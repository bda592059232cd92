import type { PatientId } from '@sotto/protocol/ids';
import type { Accesses } from '@sotto/protocol/keystoreRoutes';
import { and, countDistinct, eq, inArray, ne } from 'drizzle-orm';
import type { ClinicContext } from '../clinicContext.ts';
import { namePeople } from '../people.ts';
import { patientTable, visitTable } from '../schema.ts';

/** A family name that more of the clinic's patients share says nothing of who is related. */
const mostOfOneName = 20;

type Context = Pick<ClinicContext, 'clinicId' | 'database' | 'blindIndexes'>;

const hexOf = (index: Uint8Array): string => Buffer.from(index).toString('hex');

/** Family indexes of patients, by pseudonym. */
async function indexesOf({ database, clinicId }: Context, ids: readonly PatientId[]): Promise<Map<string, Uint8Array>> {
  if (ids.length === 0) return new Map();
  const rows = await database
    .select({ id: patientTable.id, index: patientTable.familyIndex })
    .from(patientTable)
    .where(and(eq(patientTable.clinicId, clinicId), inArray(patientTable.id, [...ids])));
  return new Map(rows.flatMap(({ id, index }) => (index === null ? [] : [[id as string, index] as const])));
}

/** Whether few have that name, those left out who come to this person alone: else whoever makes up patients makes a name common. */
async function isRare(
  { database, clinicId }: Context,
  index: Uint8Array,
  { id }: { readonly id: typeof visitTable.$inferSelect.clinicianId },
): Promise<boolean> {
  const [found] = await database
    .select({ count: countDistinct(patientTable.id) })
    .from(patientTable)
    .innerJoin(visitTable, eq(visitTable.patientId, patientTable.id))
    .where(
      and(eq(patientTable.clinicId, clinicId), eq(patientTable.familyIndex, index), ne(visitTable.clinicianId, id)),
    );
  return (found?.count ?? 0) <= mostOfOneName;
}

/**
 * Which of these are of a patient who has the family name of whoever opened it, as `actor patient`: by indexes alone, so that nobody's
 * name is opened for it.
 */
export async function ownRelatives(context: Context, accesses: Accesses['accesses']): Promise<ReadonlySet<string>> {
  const indexes = await indexesOf(
    context,
    accesses.flatMap(({ pseudonym }) => pseudonym ?? []),
  );
  if (indexes.size === 0) return new Set();
  const found = new Set<string>();
  for (const person of await namePeople(
    context,
    accesses.map(({ actor }) => actor),
  )) {
    const own = await context.blindIndexes.family(person.name);
    if (own === null) continue;
    const same = accesses.filter(({ actor, pseudonym }) => {
      const index = pseudonym === null ? undefined : indexes.get(pseudonym);
      return actor === person.id && index !== undefined && hexOf(index) === hexOf(own);
    });
    if (same.length === 0 || !(await isRare(context, own, person))) continue;
    for (const { actor, pseudonym } of same) found.add(`${actor} ${pseudonym ?? ''}`);
  }
  return found;
}

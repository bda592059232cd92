import { type PatientId, patientId as patientIdSchema, type StaffId, staffId } from '@sotto/protocol/ids';
import { and, eq, inArray, ne } from 'drizzle-orm';
import type { Caller } from './caller.ts';
import type { ClinicContext } from './clinicContext.ts';
import { patientTable, staffTable, visitTable } from './schema.ts';
import { openListedName } from './visitRecord.ts';

export interface Person {
  readonly id: StaffId;
  readonly name: string;
  readonly role: string;
}

const parsed = <Id extends string>(
  ids: Iterable<string>,
  schema: { safeParse(text: string): { success: boolean; data?: Id } },
): Id[] =>
  [...new Set(ids)].flatMap((text) => {
    const { data } = schema.safeParse(text);
    return data === undefined ? [] : [data];
  });

/** Names of the clinic's staff among these ids, whatever else is among them. */
export async function namePeople(
  { database, clinicId }: Pick<ClinicContext, 'database' | 'clinicId'>,
  ids: Iterable<string>,
): Promise<Person[]> {
  const known = parsed(ids, staffId);
  if (known.length === 0) return [];
  return database
    .select({ id: staffTable.id, name: staffTable.name, role: staffTable.role })
    .from(staffTable)
    .where(and(eq(staffTable.clinicId, clinicId), inArray(staffTable.id, known)))
    .orderBy(staffTable.name);
}

/** Those patients among the given ones with whom the physician has a visit that wasn't cancelled. */
export async function findRelated(
  { database, clinicId }: ClinicContext,
  clinicianId: StaffId,
  patients: readonly PatientId[],
): Promise<{ id: PatientId; nameSealed: Uint8Array }[]> {
  if (patients.length === 0) return [];
  return database
    .selectDistinct({ id: patientTable.id, nameSealed: patientTable.nameSealed })
    .from(visitTable)
    .innerJoin(patientTable, eq(patientTable.id, visitTable.patientId))
    .where(
      and(
        eq(visitTable.clinicId, clinicId),
        eq(visitTable.clinicianId, clinicianId),
        ne(visitTable.status, 'cancelled'),
        inArray(visitTable.patientId, [...patients]),
      ),
    );
}

/** Names of patients among these ids whom the caller may know by name: a physician's own. A patient gets the own, always. */
export async function namePatients(
  context: ClinicContext,
  caller: Caller,
  ids: Iterable<string>,
): Promise<{ id: PatientId; name: string }[]> {
  const known =
    caller.kind === 'patient'
      ? [{ id: caller.subject, nameSealed: caller.patient.nameSealed }]
      : await findRelated(context, caller.subject, parsed(ids, patientIdSchema));
  return Promise.all(
    known.map(async ({ id, nameSealed }) => ({
      id,
      name: await openListedName(context, { patientId: id, nameSealed }),
    })),
  );
}

import type { BirthDate } from '@sotto/protocol/clinic';
import { type PatientId, patientId } from '@sotto/protocol/ids';
import type { Transaction } from '@sotto/service/postgres';
import { eq } from 'drizzle-orm';
import type { PatientFacts } from './blindIndex.ts';
import type { ClinicContext } from './clinicContext.ts';
import { newId } from './opaqueToken.ts';
import { patientTable } from './schema.ts';
import type { FieldPlace } from './sealedField.ts';

export const patientNamePlace = (id: PatientId): FieldPlace => ({ table: 'patient', column: 'name', row: id });
export const birthDatePlace = (id: PatientId): FieldPlace => ({ table: 'patient', column: 'birth_date', row: id });

type Context = Pick<ClinicContext, 'clinicId' | 'patientFields' | 'blindIndexes' | 'now'>;

/** Who a patient is, as their row has it. */
export type SealedPatient = Pick<typeof patientTable.$inferSelect, 'id' | 'nameSealed' | 'birthDateSealed'>;

/** Null for a patient who was erased. @throws as `PatientFields.open` */
export async function openFacts(
  { patientFields }: Pick<ClinicContext, 'patientFields'>,
  { id, nameSealed, birthDateSealed }: SealedPatient,
): Promise<PatientFacts | null> {
  const [name, birthDate] = await Promise.all([
    patientFields.open(id, patientNamePlace(id), nameSealed),
    birthDateSealed && patientFields.open(id, birthDatePlace(id), birthDateSealed),
  ]);
  return name === null ? null : { name, birthDate };
}

/** Whose visit is made, not stored yet where they are new. */
export interface PreparedPatient {
  readonly id: PatientId;
  insert(transaction: Transaction): Promise<void>;
}

/** A patient whose key is made for them. @throws as `PatientFields.sealFirst` */
export async function prepareNewPatient(context: Context, facts: PatientFacts): Promise<PreparedPatient> {
  const { clinicId, patientFields, blindIndexes, now } = context;
  const id = newId(patientId);
  const createdAt = now();
  const nameSealed = await patientFields.sealFirst(id, patientNamePlace(id), facts.name);
  const birthDateSealed =
    facts.birthDate === null ? null : await (await patientFields.of(id)).seal(birthDatePlace(id), facts.birthDate);
  const indexes = await blindIndexes.of(facts);
  return {
    id,
    async insert(transaction) {
      await transaction
        .insert(patientTable)
        .values({ id, clinicId, nameSealed, birthDateSealed, ...indexes, createdAt });
    },
  };
}

/** In place of the date of birth before, if any; the patient is found by it from then on. @throws PatientErased besides */
export async function storeBirthDate(context: ClinicContext, id: PatientId, birthDate: BirthDate): Promise<void> {
  const { database, patientFields, blindIndexes } = context;
  const birthDateSealed = await (await patientFields.of(id)).seal(birthDatePlace(id), birthDate);
  const isTheirs = eq(patientTable.id, id);
  const [row] = await database.select({ nameSealed: patientTable.nameSealed }).from(patientTable).where(isTheirs);
  const facts = row && (await openFacts(context, { id, ...row, birthDateSealed }));
  const indexes = facts && (await blindIndexes.of(facts));
  await database
    .update(patientTable)
    .set({ birthDateSealed, ...indexes })
    .where(isTheirs);
}

import type { PatientFacts, Person, Resource } from '@sotto/policy';
import { type ClinicId, objectId, type PatientId, patientId, staffId, visitId } from '@sotto/protocol/ids';
import { type Placeholder, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import * as z from 'zod';
import { type ClinicContext, draftHours, hoursAfter } from '../clinicContext.ts';
import { mintedObjectTable, objectRegistrationTable, staffTable, visitTable } from '../schema.ts';
import { isClosed, isLive } from '../visitRecord.ts';

/** What the clinic's database knows of something that an id names: one value, to be read with the session of who asks for it. */
export interface Stored {
  /** Of the statement that reads it. */
  readonly name: string;
  /** A value of JSON; null if there is no such thing in this clinic. */
  select(clinic: ClinicId, id: string | Placeholder): SQL;
  /** @param found that value @throws ZodError for one of another shape */
  toResource(found: unknown, now: Date): Resource | null;
}

/** Reads it by itself. */
export async function findStored(
  { database, clinicId, now }: Pick<ClinicContext, 'database' | 'clinicId' | 'now'>,
  stored: Stored,
  id: string,
): Promise<Resource | null> {
  const { rows } = await database.execute<{ found: unknown }>(sql`select ${stored.select(clinicId, id)} as found`);
  return stored.toResource(rows[0]?.found ?? null, now());
}

/** A moment as PostgreSQL spells it in JSON. */
export const jsonTime = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

const caredFor = alias(visitTable, 'cared_for');

/** Who cares for a patient: whoever has a visit with them that wasn't cancelled. */
const careTeamOf = (clinic: ClinicId, patient: string | SQLWrapper): SQL => sql`to_json(array(
  select distinct ${caredFor.clinicianId} from ${visitTable} "cared_for"
  where ${caredFor.clinicId} = ${clinic} and ${caredFor.patientId} = ${patient} and ${caredFor.status} <> 'cancelled'))`;

const ofPatient = { patient: patientId, careTeam: z.array(staffId) };
const patientOf = ({ patient: id, careTeam }: { patient: PatientFacts['id']; careTeam: PatientFacts['careTeam'] }) => ({
  ...{ id, careTeam, legalHold: false },
});
const ofVisit = { ...ofPatient, clinician: staffId, status: z.enum(visitTable.status.enumValues), startsAt: jsonTime };

const visitFacts = z.strictObject({ ...ofVisit, id: visitId });

/** @param guest whose session is of this visit, if it's a guest's */
export const visitWith = (guest: Person | null): Stored => ({
  name: 'visit',
  select: (clinic, id) => sql`(select json_build_object(
      'id', ${visitTable.id}, 'clinician', ${visitTable.clinicianId}, 'patient', ${visitTable.patientId},
      'status', ${visitTable.status}, 'startsAt', ${visitTable.startsAt},
      'careTeam', ${careTeamOf(clinic, visitTable.patientId)})
    from ${visitTable} where ${visitTable.id} = ${id} and ${visitTable.clinicId} = ${clinic})`,
  toResource(found, now) {
    const visit = visitFacts.nullable().parse(found);
    if (visit === null) return null;
    const people: Person[] = [
      { kind: 'staff', id: visit.clinician },
      { kind: 'patient', id: visit.patient },
    ];
    const participants = guest === null ? people : [...people, guest];
    return { type: 'Visit', id: visit.id, patient: patientOf(visit), participants, isLive: isLive(visit, now) };
  },
});

const objectFacts = z.strictObject({
  ...ofVisit,
  ...{ id: objectId, writer: staffId, isFinished: z.boolean(), endedAt: jsonTime.nullable(), mintedAt: jsonTime },
});

/** Whether something was begun for a visit that took place, before that was over, and within the last days. */
function isOfLiveVisit({ status, startsAt, endedAt, mintedAt }: z.infer<typeof objectFacts>, now: Date): boolean {
  if (hoursAfter(mintedAt, draftHours) <= now) return false;
  const tookPlace = status === 'open' || status === 'ended';
  return tookPlace && !isClosed({ status, startsAt }, mintedAt) && (endedAt === null || mintedAt < endedAt);
}

export const object: Stored = {
  name: 'object',
  select: (clinic, id) => sql`(select json_build_object(
      'id', ${mintedObjectTable.id}, 'writer', ${mintedObjectTable.staffId}, 'mintedAt', ${mintedObjectTable.mintedAt},
      'clinician', ${visitTable.clinicianId}, 'patient', ${visitTable.patientId}, 'status', ${visitTable.status},
      'startsAt', ${visitTable.startsAt}, 'endedAt', ${visitTable.endedAt},
      'isFinished', exists(select from ${objectRegistrationTable} where ${objectRegistrationTable.id} = ${mintedObjectTable.id}),
      'careTeam', ${careTeamOf(clinic, visitTable.patientId)})
    from ${mintedObjectTable} join ${visitTable} on ${visitTable.id} = ${mintedObjectTable.visitId}
    where ${mintedObjectTable.id} = ${id} and ${visitTable.clinicId} = ${clinic})`,
  toResource(found, now) {
    const facts = objectFacts.nullable().parse(found);
    if (facts === null) return null;
    const { id, writer, clinician, patient, isFinished } = facts;
    const participants: Person[] = [
      { kind: 'staff', id: writer },
      { kind: 'staff', id: clinician },
      { kind: 'patient', id: patient },
    ];
    const sealed = { writer, isFinished, isOfLiveVisit: isOfLiveVisit(facts, now) };
    return { type: 'Object', id, patient: patientOf(facts), participants, sealed };
  },
};

const patientFacts = z.strictObject(ofPatient);

/** Also one whom the clinic's records have lost: the keystore may know them. */
export const patient: Stored = {
  name: 'patient',
  select: (clinic, id) =>
    sql`json_build_object('patient', ${id}::text, 'careTeam', ${careTeamOf(clinic, sql`${id}::text`)})`,
  toResource: (found) => ({ type: 'Patient', patient: patientOf(patientFacts.parse(found)) }),
};

/** A patient, and who cares for them. */
export async function findPatientFacts(
  { database, clinicId }: Pick<ClinicContext, 'database' | 'clinicId'>,
  id: PatientId,
): Promise<PatientFacts> {
  const { rows } = await database.execute<{ team: unknown }>(sql`select ${careTeamOf(clinicId, id)} as team`);
  return patientOf(patientFacts.parse({ patient: id, careTeam: rows[0]?.team }));
}

/** Apart from whose session it is. */
const accounts = alias(staffTable, 'account');

export const account: Stored = {
  name: 'account',
  select: (clinic, id) => sql`(select to_json(${accounts.id}) from ${staffTable} "account"
    where ${accounts.id} = ${id} and ${accounts.clinicId} = ${clinic})`,
  toResource(found) {
    const staff = staffId.nullable().parse(found);
    return staff === null ? null : { type: 'Account', staff };
  },
};

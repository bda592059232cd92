import type { BirthDate, StaffRole } from '@sotto/protocol/clinic';
import { type PatientId, type StaffId, staffId, type VisitId } from '@sotto/protocol/ids';
import { and, eq, gte, inArray } from 'drizzle-orm';
import { giveRole } from './access/roleAssignment.ts';
import { openBirthDate } from './birthDate.ts';
import { type ClinicContext, hoursAfter } from './clinicContext.ts';
import { invite } from './invitations.ts';
import { newId } from './opaqueToken.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { clinicTable, staffTable, visitTable } from './schema.ts';
import { findVisits, insertVisit } from './visitRecord.ts';

export interface DemoAccount {
  readonly email: string;
  readonly name: string;
}

/** What a person needs to try the demo. */
export interface Demo {
  readonly physician: { readonly email: string; readonly password: string; readonly name: string };
  /** Whose accounts have the same password. */
  readonly colleague: DemoAccount;
  readonly officers: readonly DemoAccount[];
  readonly admin: DemoAccount;
  readonly visitId: VisitId;
  readonly patientLink: string;
  /** What the link asks for; null where it asks for nothing, of visits from before it did. */
  readonly patientBirthDate: BirthDate | null;
}

/** Made-up people. Nobody with an address under `.example` can exist (RFC 2606). */
const physician = { email: 'elena.vidal@clinic.example', name: 'Dr Elena Vidal' } as const;
const colleague = { email: 'james.okafor@clinic.example', name: 'Dr James Okafor' } as const;
const officers = [
  { email: 'ines.moreau@clinic.example', name: 'Inês Moreau' },
  { email: 'henrik.lind@clinic.example', name: 'Henrik Lind' },
] as const;
const admin = { email: 'marta.soler@clinic.example', name: 'Marta Soler' } as const;
const patients = [
  { patientName: 'Rosa Marín', birthDate: '1968-04-21' },
  { patientName: 'Thomas Weber', birthDate: '1951-11-02' },
  { patientName: 'Amina Diallo', birthDate: '1990-07-15' },
  { patientName: 'Walter Brandt', birthDate: '1943-01-30' },
] as const;
const visitMinutes = 20;

/** Stores the clinic, or its new name. */
export async function ensureClinic({ database, clinicId, now }: ClinicContext, name: string): Promise<void> {
  await database
    .insert(clinicTable)
    .values({ id: clinicId, name, createdAt: now() })
    .onConflictDoUpdate({ target: clinicTable.id, set: { name } });
}

async function ensureStaff(
  { database, clinicId, now }: ClinicContext,
  { email, name }: DemoAccount,
  role: StaffRole,
  password: string,
): Promise<StaffId> {
  const [known] = await database
    .select({ id: staffTable.id, hash: staffTable.passwordHash })
    .from(staffTable)
    .where(and(eq(staffTable.clinicId, clinicId), eq(staffTable.email, email)));
  if (!known) {
    const id = newId(staffId);
    const passwordHash = await hashPassword(password);
    await database.transaction(async (transaction) => {
      const createdAt = now();
      await transaction.insert(staffTable).values({ id, clinicId, email, name, role, passwordHash, createdAt });
      await giveRole(transaction, id, role, createdAt);
    });
    return id;
  }
  if (!(await verifyPassword(password, known.hash))) {
    const passwordHash = await hashPassword(password);
    await database.update(staffTable).set({ passwordHash }).where(eq(staffTable.id, known.id));
  }
  return known.id;
}

/** The next visit that isn't over, or a new row of them from now on, twenty minutes apart. */
async function ensureVisits(
  context: ClinicContext,
  clinicianId: StaffId,
): Promise<{ readonly visit: VisitId; readonly patient: PatientId }> {
  const now = context.now();
  const [next] = await findVisits(
    context.database,
    context.clinicId,
    and(
      eq(visitTable.clinicianId, clinicianId),
      gte(visitTable.startsAt, hoursAfter(now, -1)),
      inArray(visitTable.status, ['scheduled', 'open']),
    ),
  );
  if (next) return { visit: next.id, patient: next.patientId };
  const interval = visitMinutes * 60_000;
  const from = Math.floor(now.getTime() / 300_000) * 300_000;
  const all: Awaited<ReturnType<typeof insertVisit>>[] = [];
  for (const [index, patient] of patients.entries()) {
    const startsAt = new Date(from + index * interval);
    all.push(await insertVisit(context, clinicianId, { ...patient, startsAt, minutes: visitMinutes }));
  }
  const [first] = all;
  if (first === undefined) throw new Error('The demo has no patients.');
  return first;
}

/**
 * Two physicians, two privacy officers, an administrator, and for the first physician a few visits from now on with a link to the next.
 * Running it again changes nothing that still works.
 *
 * @param password of every account; set if it has another
 */
export async function ensureDemo(context: ClinicContext, password: string): Promise<Demo> {
  const physicianId = await ensureStaff(context, physician, 'physician', password);
  await ensureStaff(context, colleague, 'physician', password);
  for (const officer of officers) await ensureStaff(context, officer, 'privacyOfficer', password);
  await ensureStaff(context, admin, 'admin', password);
  const { visit: visitId, patient } = await ensureVisits(context, physicianId);
  const invited = await invite(context, visitId, 'keepActive');
  if (!invited.ok) throw new Error('The demo visit takes no invitation.');
  const patientBirthDate = (await openBirthDate(context, patient)) ?? null;
  const people = { physician: { ...physician, password }, colleague, officers, admin };
  return { ...people, visitId, patientLink: invited.value.url, patientBirthDate };
}

import type { StaffRole } from '@sotto/protocol/clinic';
import { type StaffId, staffId, type VisitId } from '@sotto/protocol/ids';
import { and, eq, gte, inArray } from 'drizzle-orm';
import { giveRole } from './access/roleAssignment.ts';
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
}

/** Made-up people. Nobody with an address under `.example` can exist (RFC 2606). */
const physician = { email: 'elena.vidal@clinic.example', name: 'Dr Elena Vidal' } as const;
const colleague = { email: 'james.okafor@clinic.example', name: 'Dr James Okafor' } as const;
const officers = [
  { email: 'ines.moreau@clinic.example', name: 'Inês Moreau' },
  { email: 'henrik.lind@clinic.example', name: 'Henrik Lind' },
] as const;
const admin = { email: 'marta.soler@clinic.example', name: 'Marta Soler' } as const;
const patients = ['Rosa Marín', 'Thomas Weber', 'Amina Diallo', 'Walter Brandt'] as const;
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
async function ensureVisits(context: ClinicContext, clinicianId: StaffId): Promise<VisitId> {
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
  if (next) return next.id;
  const interval = visitMinutes * 60_000;
  const first = Math.floor(now.getTime() / 300_000) * 300_000;
  const ids: VisitId[] = [];
  for (const [index, patientName] of patients.entries()) {
    const startsAt = new Date(first + index * interval);
    const made = await insertVisit(context, clinicianId, { patientName, startsAt, minutes: visitMinutes });
    ids.push(made.visit);
  }
  const [id] = ids;
  if (id === undefined) throw new Error('The demo has no patients.');
  return id;
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
  const visitId = await ensureVisits(context, physicianId);
  const invited = await invite(context, visitId, 'keepActive');
  if (!invited.ok) throw new Error('The demo visit takes no invitation.');
  return { physician: { ...physician, password }, colleague, officers, admin, visitId, patientLink: invited.value.url };
}

import type { StaffId } from '@sotto/protocol/ids';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq, isNull, lt, or } from 'drizzle-orm';
import { generateSecret, generateURI, verify } from 'otplib';
import type { ClinicContext } from './clinicContext.ts';
import { clinicTable, staffTable, staffTotpTable } from './schema.ts';

/** RFC 6238: a step is 30 s, and one on either side counts too, for clocks that aren't right. */
const stepSeconds = 30;

/** What a code is looked at with, in a transaction or outside of one. */
interface TotpContext extends Pick<ClinicContext, 'fields' | 'now'> {
  readonly database: ClinicContext['database'] | Transaction;
}

const placeOf = (column: 'secret_sealed' | 'waiting_sealed', staff: StaffId) => ({
  ...{ table: 'staff_totp', column, row: staff },
});

async function rowOf({ database }: Pick<TotpContext, 'database'>, staff: StaffId) {
  const [row] = await database.select().from(staffTotpTable).where(eq(staffTotpTable.staffId, staff));
  return row;
}

/** `on`: its codes are asked for. `waiting`: made, and not confirmed by a code yet. */
export async function totpState(context: ClinicContext, staff: StaffId): Promise<'none' | 'waiting' | 'on'> {
  const row = await rowOf(context, staff);
  if (row?.secretSealed) return 'on';
  return row?.waitingSealed ? 'waiting' : 'none';
}

/** Makes a secret for an authenticator app, which counts once a code of it confirms it. */
export async function makeTotp(
  { database, fields, clinicId }: Pick<ClinicContext, 'fields' | 'clinicId'> & { readonly database: Transaction },
  staff: { readonly id: StaffId; readonly name: string },
) {
  const secret = generateSecret();
  const waitingSealed = await fields.seal(placeOf('waiting_sealed', staff.id), secret);
  await database
    .insert(staffTotpTable)
    .values({ staffId: staff.id, waitingSealed })
    .onConflictDoUpdate({ target: staffTotpTable.staffId, set: { waitingSealed } });
  const [clinic] = await database
    .select({ name: clinicTable.name })
    .from(clinicTable)
    .where(eq(clinicTable.id, clinicId));
  return { secret, uri: generateURI({ issuer: clinic?.name ?? 'Sotto', label: staff.name, secret }) };
}

/** The step of time of a code, if it is one of the secret's. */
async function stepOf({ now }: Pick<ClinicContext, 'now'>, secret: string, code: string) {
  const result = await verify({
    ...{ secret, token: code, epoch: Math.floor(now().getTime() / 1000), epochTolerance: stepSeconds },
  });
  return result.valid && 'timeStep' in result ? result.timeStep : null;
}

/** Takes a code, once, and none of a step before one that was taken. @returns whether it was one */
export async function takeTotp(context: ClinicContext, staff: StaffId, code: string): Promise<boolean> {
  const row = await rowOf(context, staff);
  if (!row?.secretSealed) return false;
  const secret = await context.fields.open(placeOf('secret_sealed', staff), row.secretSealed);
  const step = await stepOf(context, secret, code);
  if (step === null) return false;
  const { staffId, lastStep } = staffTotpTable;
  const taken = await context.database
    .update(staffTotpTable)
    .set({ lastStep: step })
    .where(and(eq(staffId, staff), or(isNull(lastStep), lt(lastStep, step))))
    .returning({ staffId });
  return taken.length === 1;
}

/** Has the secret that waits count from now on, in place of the one before, if the code is one of it. */
export async function confirmTotp(context: TotpContext, staff: StaffId, code: string): Promise<boolean> {
  const row = await rowOf(context, staff);
  if (!row?.waitingSealed) return false;
  const secret = await context.fields.open(placeOf('waiting_sealed', staff), row.waitingSealed);
  const step = await stepOf(context, secret, code);
  if (step === null) return false;
  const secretSealed = await context.fields.seal(placeOf('secret_sealed', staff), secret);
  const confirmed = await context.database
    .update(staffTotpTable)
    .set({ secretSealed, waitingSealed: null, lastStep: step })
    .where(and(eq(staffTotpTable.staffId, staff), eq(staffTotpTable.waitingSealed, row.waitingSealed)))
    .returning({ staffId: staffTotpTable.staffId });
  if (confirmed.length === 0) return false;
  // Who took away what was there before took nothing of this.
  await context.database.update(staffTable).set({ factorsResetBy: null }).where(eq(staffTable.id, staff));
  return true;
}

/** Asks for no codes any more. */
export async function removeTotp(transaction: Transaction, staff: StaffId): Promise<void> {
  await transaction.delete(staffTotpTable).where(eq(staffTotpTable.staffId, staff));
}

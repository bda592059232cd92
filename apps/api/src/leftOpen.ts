import type { StaffId } from '@sotto/protocol/ids';
import type { LeftOpen } from '@sotto/protocol/people';
import { and, eq, gt, inArray, notExists } from 'drizzle-orm';
import { type ClinicContext, draftHours, hoursAfter, visitOpenHours } from './clinicContext.ts';
import { mintedObjectTable, objectRegistrationTable, visitTable } from './schema.ts';

/** What somebody leaves behind that others have to see to. */
export async function findLeftOpen(
  { database, clinicId, now }: Pick<ClinicContext, 'clinicId' | 'database' | 'now'>,
  staff: StaffId,
): Promise<LeftOpen> {
  const at = now();
  const visits = await database.$count(
    visitTable,
    and(
      eq(visitTable.clinicId, clinicId),
      eq(visitTable.clinicianId, staff),
      inArray(visitTable.status, ['scheduled', 'open']),
      gt(visitTable.startsAt, hoursAfter(at, -visitOpenHours)),
    ),
  );
  const registered = database
    .select({ id: objectRegistrationTable.id })
    .from(objectRegistrationTable)
    .where(eq(objectRegistrationTable.id, mintedObjectTable.id));
  const isRecent = gt(mintedObjectTable.mintedAt, hoursAfter(at, -draftHours));
  const isTheirs = eq(mintedObjectTable.staffId, staff);
  const unfinished = await database.$count(mintedObjectTable, and(isTheirs, isRecent, notExists(registered)));
  return { visits, unfinished };
}

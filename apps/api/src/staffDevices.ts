import type { StaffId } from '@sotto/protocol/ids';
import { accepted, type Result } from '@sotto/protocol/result';
import type { KnownDevices, NewDevices } from '@sotto/protocol/signIn';
import type { Transaction } from '@sotto/service/postgres';
import { and, desc, eq, inArray, isNull, ne } from 'drizzle-orm';
import type { ClinicContext } from './clinicContext.ts';
import { deviceOf } from './deviceWords.ts';
import { staffDeviceTable } from './schema.ts';
import { asHolder, type SessionHolder } from './staffSession.ts';
import type { Viewer } from './viewer.ts';

const maxTold = 20;

interface Sighting {
  readonly viewer: Viewer;
  readonly deviceHash: Uint8Array;
  readonly at: Date;
}

/**
 * Remembers a browser in which somebody has signed in. The first one of all is theirs without a word.
 *
 * @returns whether their others are to be told of it
 */
export async function noteDevice(
  transaction: Transaction,
  staff: StaffId,
  { viewer, deviceHash, at }: Sighting,
): Promise<boolean> {
  const isFirst = (await transaction.$count(staffDeviceTable, eq(staffDeviceTable.staffId, staff))) === 0;
  const added = await transaction
    .insert(staffDeviceTable)
    .values({
      ...{ staffId: staff, deviceHash, address: viewer.address, userAgent: viewer.userAgent },
      ...{ firstAt: at, knownAt: isFirst ? at : null },
    })
    .onConflictDoNothing()
    .returning({ staffId: staffDeviceTable.staffId });
  return added.length === 1 && !isFirst;
}

/** Somebody's devices that nobody has said to know, but for the one that asks. */
const unknownTo = ({ id, deviceHash }: SessionHolder) =>
  and(
    eq(staffDeviceTable.staffId, id),
    isNull(staffDeviceTable.knownAt),
    deviceHash === null ? undefined : ne(staffDeviceTable.deviceHash, deviceHash),
  );

/** Whether a session may hear of new devices: a stranger's, in which no passkey was shown, would say that they are its owner's. */
async function mayHear({ database }: ClinicContext, { id, deviceHash, passkeyAt }: SessionHolder): Promise<boolean> {
  if (passkeyAt !== null) return true;
  if (deviceHash === null) return false;
  const [row] = await database
    .select({ knownAt: staffDeviceTable.knownAt })
    .from(staffDeviceTable)
    .where(and(eq(staffDeviceTable.staffId, id), eq(staffDeviceTable.deviceHash, deviceHash)));
  return row !== undefined && row.knownAt !== null;
}

/** Devices in which whoever asks has signed in for the first time, and hasn't said to know. */
export const listNewDevices = (context: ClinicContext, token: string | undefined): Promise<Result<NewDevices>> =>
  asHolder(context, token, async (holder) => {
    if (!(await mayHear(context, holder))) return accepted({ devices: [] });
    const rows = await context.database
      .select()
      .from(staffDeviceTable)
      .where(unknownTo(holder))
      .orderBy(desc(staffDeviceTable.firstAt))
      .limit(maxTold);
    return accepted({
      devices: rows.map(({ userAgent, address, firstAt }) => ({
        ...{ device: deviceOf(userAgent), address, at: firstAt.toISOString() },
      })),
    });
  });

/** Takes the word of whoever asks that they know these devices. Others, which came since they were told, stay unknown. */
export const knowDevices = (
  context: ClinicContext,
  token: string | undefined,
  { at }: KnownDevices,
): Promise<Result<undefined>> =>
  asHolder(context, token, async (holder) => {
    if (await mayHear(context, holder)) {
      const told = inArray(
        staffDeviceTable.firstAt,
        at.map((one) => new Date(one)),
      );
      await context.database
        .update(staffDeviceTable)
        .set({ knownAt: context.now() })
        .where(and(unknownTo(holder), told));
    }
    return accepted(undefined);
  });

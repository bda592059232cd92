import { randomInt } from 'node:crypto';
import type { StaffId } from '@sotto/protocol/ids';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq, isNotNull, isNull } from 'drizzle-orm';
import type { ClinicContext } from './clinicContext.ts';
import { hashToken } from './opaqueToken.ts';
import { recoveryCodeTable, staffTotpTable } from './schema.ts';

const codes = 10;
/** Crockford's 32 signs: none is taken for another. Twenty of them are 100 random bits, which nobody searches for. */
const signs = '0123456789abcdefghjkmnpqrstvwxyz';
const length = 20;

const newCode = () => Array.from({ length }, () => signs.charAt(randomInt(signs.length))).join('');

/** As a person may type it: in any case, with or without hyphens, with letters for the digits that look like them. */
const plain = (typed: string): string =>
  typed.toLowerCase().replaceAll(/[\s-]/g, '').replaceAll(/[il]/g, '1').replaceAll('o', '0');

/**
 * Makes ten codes in place of all before them; null where no authenticator app takes them. Nobody can read them again: they are
 * shown once. Two at once come one after the other, or both would leave their ten.
 */
export async function makeRecoveryCodes(transaction: Transaction, staff: StaffId): Promise<string[] | null> {
  const [app] = await transaction
    .select({ staffId: staffTotpTable.staffId })
    .from(staffTotpTable)
    .where(and(eq(staffTotpTable.staffId, staff), isNotNull(staffTotpTable.secretSealed)))
    .for('update');
  if (app === undefined) return null;
  const made = Array.from({ length: codes }, newCode);
  await transaction.delete(recoveryCodeTable).where(eq(recoveryCodeTable.staffId, staff));
  await transaction
    .insert(recoveryCodeTable)
    .values(made.map((code) => ({ staffId: staff, codeHash: hashToken(code) })));
  return made.map((code) => code.match(/.{5}/g)?.join('-') ?? code);
}

const unused = (staff: StaffId) => and(eq(recoveryCodeTable.staffId, staff), isNull(recoveryCodeTable.usedAt));

/** How many of somebody's codes are left. */
export const countRecoveryCodes = ({ database }: ClinicContext, staff: StaffId): Promise<number> =>
  database.$count(recoveryCodeTable, unused(staff));

/** Uses a code up. @returns whether it was one */
export async function takeRecoveryCode(
  { database, now }: ClinicContext,
  staff: StaffId,
  typed: string,
): Promise<boolean> {
  const taken = await database
    .update(recoveryCodeTable)
    .set({ usedAt: now() })
    .where(and(unused(staff), eq(recoveryCodeTable.codeHash, hashToken(plain(typed)))))
    .returning({ staffId: recoveryCodeTable.staffId });
  return taken.length === 1;
}

/** Forgets them all. */
export async function removeRecoveryCodes(transaction: Transaction, staff: StaffId): Promise<void> {
  await transaction.delete(recoveryCodeTable).where(eq(recoveryCodeTable.staffId, staff));
}

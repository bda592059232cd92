import { base64url } from '@sotto/protocol/bytes';
import { clinicId, staffId } from '@sotto/protocol/ids';
import { eq } from 'drizzle-orm';
import * as z from 'zod';
import { type Bytes, fromBase64url, toBase64url } from '../bytes.ts';
import type { Database } from '../database/database.ts';
import { credentialTable } from '../database/schema.ts';
import { type CredentialId, credentialId } from '../ids.ts';
import { isSigned } from '../statement.ts';
import { importKey } from '../webauthn/assertion.ts';

/** The role whose passkeys sign for others. */
export const officerRole = 'privacyOfficer';

/** A raw ES256 public key in base64url, on the curve. */
const publicKey = base64url(87).refine((text) => importKey(fromBase64url(text)) !== null);

/** Who a passkey belongs to, as the clinic's officers say. */
export const clinicianEntry = z.strictObject({
  subject: staffId,
  role: z.string().regex(/^[a-zA-Z]{1,32}$/),
  /** The licence's number, as the authority that gave it writes it. */
  licence: z
    .string()
    .regex(/^[\w.:/-]{1,64}$/)
    .nullable(),
  credential: credentialId,
  publicKey,
});
export type ClinicianEntry = z.infer<typeof clinicianEntry>;

/** An entry of the directory (SPEC.md section 3). */
export const clinicianPayload = z.strictObject({
  type: z.literal('sotto/clinician/v1'),
  clinic: clinicId,
  ...clinicianEntry.shape,
  enrolledBy: z.array(staffId),
  enrolledAt: z.iso.datetime(),
});
export type ClinicianPayload = z.infer<typeof clinicianPayload>;

const statement = z.strictObject({ payload: clinicianPayload, signature: base64url(86) });

/** A registered passkey, with whose it is. */
export interface Clinician {
  readonly entry: ClinicianPayload;
  readonly publicKey: Bytes;
  readonly counter: number;
  readonly isRevoked: boolean;
}

/**
 * The passkey as it is registered; null if it isn't, or if its row isn't what the keystore signed: whoever edits the
 * database enrols nobody.
 *
 * @param signingKey the keystore's own statement key
 */
export async function findClinician(
  database: Pick<Database, 'select'>,
  signingKey: Bytes,
  credential: CredentialId,
): Promise<Clinician | null> {
  const [row] = await database.select().from(credentialTable).where(eq(credentialTable.credential, credential));
  return row ? clinicianOf(row, signingKey) : null;
}

/** Null for a row that the keystore didn't sign as it is. */
export function clinicianOf(row: typeof credentialTable.$inferSelect, signingKey: Bytes): Clinician | null {
  const parsed = statement.safeParse(parseJson(row.statement));
  if (!parsed.success || !isSigned(signingKey, parsed.data)) return null;
  const entry = parsed.data.payload;
  const isAsSigned =
    entry.credential === row.credential &&
    entry.subject === row.subject &&
    entry.role === row.role &&
    entry.publicKey === toBase64url(row.publicKey);
  if (!isAsSigned) return null;
  return { entry, publicKey: row.publicKey, counter: row.counter, isRevoked: row.revokedAt !== null };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

import { randomBytes } from 'node:crypto';
import type { ClinicId, PatientId, StaffId } from '@sotto/protocol/ids';

/** Who has keys here: a member of staff, or a patient. */
export type Subject = StaffId | PatientId;

/** Whom a nonce is for: the clinic, where nobody has said yet who they are. */
export type NonceHolder = Subject | ClinicId;

/**
 * 128 random bits in base64url.
 *
 * @param kind schema of the branded id, which says what it identifies
 */
export const newId = <Id extends string>(kind: { parse(text: string): Id }): Id =>
  kind.parse(randomBytes(16).toString('base64url'));

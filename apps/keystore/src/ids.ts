import { randomBytes } from 'node:crypto';
import type { PatientId, StaffId } from '@sotto/protocol/ids';

/** Who has keys here: a member of staff, or a patient. */
export type Subject = StaffId | PatientId;

/**
 * 128 random bits in base64url.
 *
 * @param kind schema of the branded id, which says what it identifies
 */
export const newId = <Id extends string>(kind: { parse(text: string): Id }): Id =>
  kind.parse(randomBytes(16).toString('base64url'));

import type { PatientId } from '@sotto/protocol/ids';
import { type PatientKeyStatement, type ReadingNonce, readingNonce } from '@sotto/protocol/keystore';
import type { PatientKeys } from '@sotto/protocol/keystoreRoutes';
import { canonicalHash, randomId } from '../keystore/bytes.ts';
import { EvidenceFault } from '../keystore/errors.ts';
import type { Pins } from '../keystore/pins.ts';
import { isSigned } from '../keystore/statements.ts';

/** One key of a patient, as the keystore signed it. */
export type PatientKey = PatientKeyStatement['payload'];

/** One of those that a patient has now. */
export type ListedKey = PatientKey & {
  /** Whether it opens already, by the keystore's own clock: one that was enrolled with help waits a day. */
  readonly isActive: boolean;
};

export interface CheckedPatientKeys {
  readonly keys: readonly ListedKey[];
  /** The same, with the signatures. */
  readonly signed: readonly PatientKeyStatement[];
}

/** Whose keys were asked for, by the nonce that this browser made for it. */
export interface AskedKeys {
  readonly pseudonym: PatientId;
  readonly nonce: ReadingNonce;
}

/** For one reading of a patient's keys. */
export const newKeysNonce = (): ReadingNonce => readingNonce.parse(randomId());

/**
 * Requires that these are all of the patient's keys, now: the keystore with the pinned key has signed each, and a list of
 * them all that answers this browser's nonce.
 *
 * @throws EvidenceFault `statement`: one was left out, added or changed, or the list is an older one or another's
 */
export async function checkPatientKeys(
  { keys, list }: PatientKeys,
  { pseudonym, nonce }: AskedKeys,
  pins: Pins,
): Promise<CheckedPatientKeys> {
  const isTheirs = (payload: { readonly clinic: string; readonly pseudonym: string }) =>
    payload.clinic === pins.clinic && payload.pseudonym === pseudonym;
  const isAnswer = isTheirs(list.payload) && list.payload.nonce === nonce;
  const signatures = await Promise.all([list, ...keys].map((one) => isSigned(one, pins.statementKey)));
  const hashes = await Promise.all(keys.map(({ payload }) => canonicalHash(payload)));
  const isWhole = hashes.sort().join(' ') === list.payload.keys.join(' ');
  if (!isAnswer || !isWhole || signatures.includes(false) || !keys.every(({ payload }) => isTheirs(payload))) {
    throw new EvidenceFault('statement');
  }
  const readAt = Date.parse(list.payload.readAt);
  const listed = ({ payload }: PatientKeyStatement) => ({
    ...payload,
    isActive: Date.parse(payload.activeFrom) <= readAt,
  });
  return { keys: keys.map(listed), signed: keys };
}

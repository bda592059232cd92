import type { PatientId } from '@sotto/protocol/ids';
import type { PatientKeyStatement } from '@sotto/protocol/keystore';
import type { Pins } from '../keystore/pins.ts';
import { isSigned } from '../keystore/statements.ts';

/** One key of a patient, as the keystore signed it. */
export type PatientKey = PatientKeyStatement['payload'];

export interface CheckedPatientKeys {
  readonly keys: readonly PatientKey[];
  /** The same, with the signatures. */
  readonly signed: readonly PatientKeyStatement[];
  /** How many didn't check: they count for nothing, and pages say so. */
  readonly spoilt: number;
}

/** Keeps what the keystore with the pinned key has signed of this patient. */
export async function checkPatientKeys(
  statements: readonly PatientKeyStatement[],
  pseudonym: PatientId,
  pins: Pins,
): Promise<CheckedPatientKeys> {
  const checked = await Promise.all(
    statements.map(async (statement) => {
      const { payload } = statement;
      const isTheirs = payload.clinic === pins.clinic && payload.pseudonym === pseudonym;
      return isTheirs && (await isSigned(statement, pins.statementKey)) ? [statement] : [];
    }),
  );
  const signed = checked.flat();
  return { keys: signed.map(({ payload }) => payload), signed, spoilt: statements.length - signed.length };
}

/** Whether a key opens already: one that was enrolled with help waits a day. */
export const isActive = ({ activeFrom }: PatientKey, now: Date): boolean => Date.parse(activeFrom) <= now.getTime();

import type { PatientId, VisitId } from '@sotto/protocol/ids';
import { type PatientKeyStatement, patientKeyStatement } from '@sotto/protocol/keystore';
import * as z from 'zod';
import type { Pins } from '../keystore/pins.ts';
import { isSigned } from '../keystore/statements.ts';
import type { PatientKey } from './patientKeys.ts';

/**
 * Whose record this browser knows as its own. The clinic's server could name anybody; so the browser keeps the keystore's
 * signed word for a key that was made here or has opened something here, and believes that alone.
 */

const storageKey = 'sotto.ownPatient.v1';
/** Patients of one browser: a family. The one that was confirmed longest ago goes first. */
const mostKept = 16;
const stored = z.array(patientKeyStatement).max(mostKept);

function kept(storage: Storage | null): PatientKeyStatement[] {
  try {
    return stored.safeParse(JSON.parse(storage?.getItem(storageKey) ?? '[]')).data ?? [];
  } catch {
    return [];
  }
}

function keep(storage: Storage | null, statements: readonly PatientKeyStatement[]): void {
  try {
    if (statements.length === 0) storage?.removeItem(storageKey);
    else storage?.setItem(storageKey, JSON.stringify(statements));
  } catch {
    // Without storage nobody is known: pages then claim nothing.
    return;
  }
}

/** @param statement of a key that was made in this browser, or has just opened something in it; its signature was checked */
export function rememberOwnPatient(statement: PatientKeyStatement, storage: Storage | null): void {
  const { pseudonym } = statement.payload;
  const others = kept(storage).filter(({ payload }) => payload.pseudonym !== pseudonym);
  keep(storage, [...others, statement].slice(-mostKept));
}

/**
 * What this browser knows of a patient goes when its key isn't among theirs any more: a key that was ended vouches for
 * nobody.
 *
 * @param living all keys of the patient that count, by a signed list that was checked a moment ago
 */
export function dropEndedKeys(
  pseudonym: PatientId,
  living: readonly PatientKeyStatement[],
  storage: Storage | null,
): void {
  const before = kept(storage);
  const isLiving = ({ payload: { credential, publicKey } }: PatientKeyStatement) =>
    living.some(({ payload }) => payload.credential === credential && payload.publicKey === publicKey);
  const after = before.filter((one) => one.payload.pseudonym !== pseudonym || isLiving(one));
  if (after.length < before.length) keep(storage, after);
}

/** By whose keys this browser was used, as the keystore with the pinned key signed it; nothing else counts. */
export async function readOwnPatients(pins: Pins, storage: Storage | null): Promise<readonly PatientKey[]> {
  const checked = await Promise.all(
    kept(storage).map(async (statement) => {
      const isOurs = statement.payload.clinic === pins.clinic && (await isSigned(statement, pins.statementKey));
      return isOurs ? [statement.payload] : [];
    }),
  );
  return checked.flat();
}

/** This browser is to know these patients no longer, nor whoever had a key made in that visit. */
export function forgetOwnPatients(
  { visit, pseudonyms }: { readonly visit: VisitId | null; readonly pseudonyms: readonly PatientId[] },
  storage: Storage | null,
): void {
  const others = kept(storage).filter(
    ({ payload }) => (visit === null || payload.visit !== visit) && !pseudonyms.includes(payload.pseudonym),
  );
  keep(storage, others);
}

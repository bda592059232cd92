import type { PatientId, VisitId } from '@sotto/protocol/ids';
import { type Enrolment, enrolment, type PatientEntry } from '@sotto/protocol/keystore';
import * as z from 'zod';
import { browserStorage } from '../call/browserStorage.ts';
import type { PatientKey } from './patientKeys.ts';

export type PatientEnrolment = Extract<Enrolment, { of: 'patient' }>;

/** The key that this browser asked for last, and whether the keystore has the request. Nothing in it is secret. */
export interface OwnRequest {
  readonly enrolment: PatientEnrolment;
  readonly handedIn: boolean;
}

const stored = z.strictObject({ enrolment, handedIn: z.boolean() });
const livesMs = 7 * 24 * 60 * 60_000;
const keyStart = 'sotto.patientKey.v1.';
const keyOf = (pseudonym: PatientId) => `${keyStart}${pseudonym}`;

/** What this browser remembers of the patient's own request; the keystore forgets it after 7 days too. */
export function readOwnRequest(
  pseudonym: PatientId,
  now: Date,
  storage: Storage | null = browserStorage('localStorage'),
): OwnRequest | null {
  try {
    const { data } = stored.safeParse(JSON.parse(storage?.getItem(keyOf(pseudonym)) ?? 'null'));
    if (data?.enrolment.of !== 'patient' || data.enrolment.entry.pseudonym !== pseudonym) return null;
    const isAlive = now.getTime() - Date.parse(data.enrolment.requestedAt) < livesMs;
    return isAlive ? { enrolment: data.enrolment, handedIn: data.handedIn } : null;
  } catch {
    return null;
  }
}

/** Without storage a reload forgets that one waits; the clinician's page still has it. */
export function rememberOwnRequest(
  pseudonym: PatientId,
  request: OwnRequest | null,
  storage: Storage | null = browserStorage('localStorage'),
): void {
  try {
    if (request === null) storage?.removeItem(keyOf(pseudonym));
    else storage?.setItem(keyOf(pseudonym), JSON.stringify(request));
  } catch {
    return;
  }
}

/**
 * Forgets whatever a patient asked for, and what was asked for in a visit.
 *
 * @returns whose requests of that visit they were
 */
export function forgetOwnRequests(
  { visit, pseudonym }: { readonly visit: VisitId | null; readonly pseudonym: PatientId },
  storage: Storage | null,
): PatientId[] {
  if (storage === null) return [];
  rememberOwnRequest(pseudonym, null, storage);
  return keysOf(storage).flatMap((key) => {
    try {
      const { data } = stored.safeParse(JSON.parse(storage.getItem(key) ?? 'null'));
      if (data?.enrolment.of !== 'patient' || data.enrolment.visit !== visit) return [];
      storage.removeItem(key);
      return [data.enrolment.entry.pseudonym];
    } catch {
      // One that can't be read keeps none of the others.
      return [];
    }
  });
}

function keysOf(storage: Storage): string[] {
  try {
    const keys = Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? '');
    return keys.filter((key) => key.startsWith(keyStart));
  } catch {
    return [];
  }
}

const saidOf = ({ kind, pseudonym, credential, publicKey }: PatientEntry | PatientKey) =>
  [kind, pseudonym, credential, publicKey].join(' ');

/**
 * What became of a request: it `waits`, its key `counts`, or the keystore has another key under its id.
 */
export function standingOf({ enrolment: { entry } }: OwnRequest, keys: readonly PatientKey[]) {
  const found = keys.find(({ credential }) => credential === entry.credential);
  if (found === undefined) return 'waits';
  return saidOf(found) === saidOf(entry) ? 'counts' : 'swapped';
}

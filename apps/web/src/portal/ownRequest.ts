import type { PatientId } from '@sotto/protocol/ids';
import { type Enrolment, enrolment, type PatientEntry } from '@sotto/protocol/keystore';
import * as z from 'zod';
import type { PatientKey } from './patientKeys.ts';

export type PatientEnrolment = Extract<Enrolment, { of: 'patient' }>;

/** The key that this browser asked for last, and whether the keystore has the request. Nothing in it is secret. */
export interface OwnRequest {
  readonly enrolment: PatientEnrolment;
  readonly handedIn: boolean;
}

const stored = z.strictObject({ enrolment, handedIn: z.boolean() });
const livesMs = 7 * 24 * 60 * 60_000;
const keyOf = (pseudonym: PatientId) => `sotto.patientKey.v1.${pseudonym}`;

/** What this browser remembers of the patient's own request; the keystore forgets it after 7 days too. */
export function readOwnRequest(pseudonym: PatientId, now: Date): OwnRequest | null {
  try {
    const { data } = stored.safeParse(JSON.parse(window.localStorage.getItem(keyOf(pseudonym)) ?? 'null'));
    if (data?.enrolment.of !== 'patient' || data.enrolment.entry.pseudonym !== pseudonym) return null;
    const isAlive = now.getTime() - Date.parse(data.enrolment.requestedAt) < livesMs;
    return isAlive ? { enrolment: data.enrolment, handedIn: data.handedIn } : null;
  } catch {
    return null;
  }
}

/** Without storage a reload forgets that one waits; the clinician's page still has it. */
export function rememberOwnRequest(pseudonym: PatientId, request: OwnRequest | null): void {
  try {
    if (request === null) window.localStorage.removeItem(keyOf(pseudonym));
    else window.localStorage.setItem(keyOf(pseudonym), JSON.stringify(request));
  } catch {
    return;
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

import type { StaffId } from '@sotto/protocol/ids';
import { type Enrolment, enrolment } from '@sotto/protocol/keystore';
import * as z from 'zod';
import { canonicalText } from '../keystore/bytes.ts';
import type { CheckedDirectory, ClinicianPayload } from '../keystore/directory.ts';

export type ClinicianEnrolment = Extract<Enrolment, { of: 'clinician' }>;

/** A passkey that was made here: nothing in it is secret. `handedIn` once the keystore has its enrolment. */
export interface OwnEnrolment {
  readonly enrolment: ClinicianEnrolment;
  readonly handedIn: boolean;
}

const stored = z.array(z.strictObject({ enrolment, handedIn: z.boolean() }));
const livesMs = 7 * 24 * 60 * 60_000;
const keyOf = (subject: StaffId) => `sotto.enrolments.v1.${subject}`;

/** What this browser remembers of the person's own passkeys that wait; the keystore forgets them after 7 days too. */
export function readOwnEnrolments(subject: StaffId, now: Date): readonly OwnEnrolment[] {
  try {
    const parsed = stored.safeParse(JSON.parse(window.localStorage.getItem(keyOf(subject)) ?? '[]'));
    if (!parsed.success) return [];
    return parsed.data.flatMap(({ enrolment: one, handedIn }) =>
      one.of === 'clinician' && one.entry.subject === subject && now.getTime() - Date.parse(one.requestedAt) < livesMs
        ? [{ enrolment: one, handedIn }]
        : [],
    );
  } catch {
    return [];
  }
}

/** Without storage a reload forgets that one waits; the officer's page still has it. */
export function rememberOwnEnrolments(subject: StaffId, enrolments: readonly OwnEnrolment[]): void {
  try {
    window.localStorage.setItem(keyOf(subject), JSON.stringify(enrolments));
  } catch {
    return;
  }
}

const saidOf = ({ subject, role, licence, credential, publicKey }: ClinicianPayload | ClinicianEnrolment['entry']) =>
  canonicalText({ subject, role, licence, credential, publicKey });

export interface ComparedOwn {
  /** The directory doesn't have them yet. */
  readonly waiting: readonly OwnEnrolment[];
  /** The directory has something else under their ids: another key, role, licence or person. */
  readonly swapped: readonly OwnEnrolment[];
}

/** Compares what was made here with what officers have signed for, in every member. */
export function compareOwn(own: readonly OwnEnrolment[], { passkeys }: CheckedDirectory): ComparedOwn {
  const entriesOf = ({ enrolment: { entry } }: OwnEnrolment) =>
    passkeys.flatMap((passkey) => (passkey.entry.credential === entry.credential ? [passkey.entry] : []));
  const waiting = own.filter((one) => entriesOf(one).length === 0);
  const swapped = own.filter((one) => entriesOf(one).some((entry) => saidOf(entry) !== saidOf(one.enrolment.entry)));
  return { waiting, swapped };
}

import type { BirthDateSetting } from '@sotto/protocol/clinic';
import { credentialLifetimeSeconds } from '@sotto/protocol/credential';
import type { ClinicId } from '@sotto/protocol/ids';
import type { Database } from '@sotto/service/postgres';
import type { AttemptLimits } from './attemptLimit.ts';
import type { BlindIndexes } from './blindIndex.ts';
import type { Issuer } from './issuer.ts';
import type { PatientFields } from './patientFields.ts';
import type { FieldSealer } from './sealedField.ts';

/**
 * What a session that a password alone began may do, beside what every session of its holder may: `limited` nothing that
 * takes a passkey; `full` what a session that a passkey began may, for a clinic that is tried out.
 */
export const passwordSessionSettings = ['limited', 'full'] as const;

/** What the operations of the clinic work with. */
export interface ClinicContext {
  readonly clinicId: ClinicId;
  readonly database: Database;
  readonly fields: FieldSealer;
  readonly patientFields: PatientFields;
  readonly blindIndexes: BlindIndexes;
  readonly issuer: Issuer;
  readonly limits: AttemptLimits;
  /** Where invitations point: the first of `API_ORIGINS`. */
  readonly origin: string;
  readonly passwordSessions: (typeof passwordSessionSettings)[number];
  /** After so long without anything done a session of staff locks. */
  readonly idleLockSeconds: number;
  readonly birthDates: BirthDateSetting;
  readonly now: () => Date;
}

/** A visit is over for good this long after its start, whatever its status says. */
export const visitOpenHours = 24;
/** So long before its start a clinician's ticket opens a visit; sooner it leaves it as it is. */
export const opensAheadHours = 24;
/** From so long before its start an open visit counts as going on, for people whose role ends meanwhile. */
export const liveAheadHours = 1;
/** For so long somebody whose role has ended hands in what they began in a visit. */
export const draftHours = 7 * 24;
/** A member of staff signs in again after this. */
export const staffSessionHours = 12;

export const hoursAfter = (time: Date, hours: number): Date => new Date(time.getTime() + hours * 3_600_000);

/** Since when a session or visit must have lasted that somebody may be in a visit by it still: a credential outlives what it was asked for by. */
export const credentialsFrom = (now: Date): Date => new Date(now.getTime() - credentialLifetimeSeconds * 1000);

import type { StaffId } from '@sotto/protocol/ids';
import {
  type Act,
  type CredentialId,
  challengeLabels,
  type Enrolment,
  instant,
  nonce,
  type PasskeyAssertion,
  type ProvenEnrolment,
  requestId,
} from '@sotto/protocol/keystore';
import { randomId } from './bytes.ts';
import { challengeOf } from './challenge.ts';
import { assertionText, signWithPasskey } from './passkey.ts';
import type { Pins } from './pins.ts';

/** Whole seconds in UTC, rounded down: the one spelling that is signed. */
export const instantOf = (date: Date): string => instant.parse(date.toISOString().replace(/\.\d{3}Z$/, 'Z'));

/** What the keystore gave for one request. */
export interface NonceGrant {
  readonly nonce: string;
  readonly expiresAt: string;
}

/**
 * The members that every request has: a new id, the nonce, and an expiry by the keystore's clock, not by this one.
 * @throws TypeError when the grant has no time
 */
export function requestMembers(grant: NonceGrant, pins: Pins) {
  const expires = new Date(grant.expiresAt);
  if (Number.isNaN(expires.getTime())) throw new TypeError('no time');
  return {
    id: requestId.parse(randomId()),
    nonce: nonce.parse(grant.nonce),
    clinic: pins.clinic,
    expiry: instantOf(expires),
  };
}

/** What an act is about, without what every act has. */
export type ActMatter = Act extends infer One
  ? One extends Act
    ? Omit<One, 'type' | 'id' | 'nonce' | 'clinic' | 'by' | 'expiry'>
    : never
  : never;

/** @param by who signs, in any order */
export function composeAct(matter: ActMatter, by: readonly StaffId[], grant: NonceGrant, pins: Pins): Act {
  return { type: 'sotto/act/v1', ...requestMembers(grant, pins), by: [...by].sort(), ...matter };
}

/** @throws PasskeyFault */
export async function signAct(act: Act, credentials: readonly CredentialId[], pins: Pins): Promise<PasskeyAssertion> {
  const challenge = await challengeOf(challengeLabels.act, act);
  return assertionText(await signWithPasskey(pins.rpId, credentials, challenge));
}

/**
 * Signs what a new passkey says of itself, with that passkey.
 * @throws PasskeyFault
 */
export async function proveEnrolment(enrolment: Enrolment, pins: Pins): Promise<ProvenEnrolment> {
  const challenge = await challengeOf(challengeLabels.enrolment, enrolment);
  return {
    enrolment,
    proof: assertionText(await signWithPasskey(pins.rpId, [enrolment.entry.credential], challenge)),
  };
}

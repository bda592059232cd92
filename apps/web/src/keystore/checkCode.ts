import { challengeLabels, type Enrolment } from '@sotto/protocol/keystore';
import { challengeOf } from './challenge.ts';

const modulus = 10n ** 20n;

/**
 * The number that a person reads to the officer who enrols their passkey: both screens show the same one, or somebody
 * has put another key in between. 20 digits in groups of 4, of the hash that the new passkey itself has signed.
 */
export async function checkCodeOf(enrolment: Enrolment): Promise<string> {
  const hash = await challengeOf(challengeLabels.enrolment, enrolment);
  let value = 0n;
  for (const byte of hash) value = (value << 8n) | BigInt(byte);
  const digits = (value % modulus).toString().padStart(20, '0');
  return (digits.match(/\d{4}/g) ?? []).join('-');
}

import { challengeLabels, type Enrolment, type ProvenEnrolment } from '@sotto/protocol/keystore';
import { queryOptions } from '@tanstack/react-query';
import { canonicalText } from './bytes.ts';
import { challengeOf } from './challenge.ts';
import { EvidenceFault } from './errors.ts';

const modulus = 10n ** 20n;

/** 20 digits in groups of 4 of a hash: its big-endian number modulo 10²⁰. */
export function digitsOf(hash: Uint8Array): string {
  let value = 0n;
  for (const byte of hash) value = (value << 8n) | BigInt(byte);
  const digits = (value % modulus).toString().padStart(20, '0');
  return (digits.match(/\d{4}/g) ?? []).join('-');
}

/**
 * The number that a person reads to the officer who enrols their passkey: both screens show the same one, or somebody
 * has put another key in between. 20 digits in groups of 4, of the hash that the new passkey itself has signed.
 */
export async function checkCodeOf(enrolment: Enrolment): Promise<string> {
  return digitsOf(await challengeOf(challengeLabels.enrolment, enrolment));
}

/** The code for a page. Kept under the whole enrolment: one that differs in any member gets its own code. */
export const checkCodeQuery = (enrolment: Enrolment) =>
  queryOptions({
    queryKey: ['checkCode', canonicalText(enrolment)],
    queryFn: () => checkCodeOf(enrolment),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** A new key's request, and the code that an officer saw of it. */
export interface ComparedEnrolment {
  readonly proven: ProvenEnrolment;
  readonly shownCode: string;
}

/**
 * Requires, just before officers sign, that they sign for what they compared.
 *
 * @param entry what they are about to sign for
 * @throws EvidenceFault `swapped`
 */
export async function requireCompared({ proven, shownCode }: ComparedEnrolment, entry: object): Promise<void> {
  const isSame =
    canonicalText(proven.enrolment.entry) === canonicalText(entry) &&
    (await checkCodeOf(proven.enrolment)) === shownCode;
  if (!isSame) throw new EvidenceFault('swapped');
}

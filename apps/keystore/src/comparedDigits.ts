import { formatVerifierKey, type VerifierKey } from '@sotto/audit';
import { type Bytes, sha256, toBase64url, utf8 } from './bytes.ts';

const digits = 20;

/** What two people compare of a hash: its last 20 decimal digits in groups of four (SPEC.md section 6). */
export const comparedDigits = (hash: Bytes): string =>
  (BigInt(`0x${Buffer.from(hash).toString('hex')}`) % 10n ** BigInt(digits))
    .toString()
    .padStart(digits, '0')
    .replace(/\d{4}(?=\d)/g, '$&-');

/** What a person compares before a browser may trust the keystore's keys (SPEC.md section 3). */
export const identityDigits = (statementKey: Bytes, logKey: VerifierKey, witnessKey: VerifierKey): string =>
  comparedDigits(sha256(utf8(toBase64url(statementKey) + formatVerifierKey(logKey) + formatVerifierKey(witnessKey))));

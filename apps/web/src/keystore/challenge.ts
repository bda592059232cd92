import type { ChallengeLabel } from '@sotto/protocol/keystore';
import { type Bytes, canonicalJson, concat, sha256, utf8 } from './bytes.ts';

/**
 * What a passkey signs: SHA-256(label ‖ canonical JSON), 32 bytes (apps/keystore/SPEC.md section 4). The keystore
 * computes the same from what it is handed.
 */
export const challengeOf = (label: ChallengeLabel, signed: object): Promise<Bytes> =>
  sha256(concat(utf8(label), canonicalJson(signed)));

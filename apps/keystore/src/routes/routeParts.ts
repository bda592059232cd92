import type { VerifierKey } from '@sotto/audit';
import type { TokenVerifier } from '@sotto/protocol/credential';
import type { RelyingParty } from '@sotto/service/assertion';
import type { KeystoreLog } from '../events.ts';
import type { Keystore } from '../keystore.ts';
import type { Closings } from '../release/closings.ts';
import type { Releases } from '../release/releases.ts';
import type { Limits } from './limits.ts';

/** What the routes are made of. */
export interface RouteParts {
  readonly keystore: Keystore;
  readonly releases: Releases;
  readonly closings: Closings;
  readonly party: RelyingParty;
  /** Verifies credentials of who consented to a recording. */
  readonly identities: TokenVerifier;
  readonly limits: Limits;
  readonly logKey: VerifierKey;
  readonly witnessKey: VerifierKey;
  readonly log: KeystoreLog;
}

import type { KeystoreContext } from '../src/keystoreContext.ts';
import { productionPorts } from '../src/release/productionPorts.ts';
import { Releases } from '../src/release/releases.ts';
import type { RequestLedger } from '../src/requestLedger.ts';
import { party } from './passkey.ts';

/** Releases under a policy that permits whatever passkeys allow: for tests of something else than the policy. */
export function permittedReleases(context: KeystoreContext, requests: RequestLedger): Releases {
  const policy = { decide: async () => ({ tag: 'permit' as const }) };
  return new Releases(productionPorts(context, { party, policy, requests }));
}

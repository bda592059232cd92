import { findClinician } from '../directory/clinician.ts';
import { findObjects, openObject } from '../keys/objectKeys.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { isAlive } from '../nonces.ts';
import type { RequestLedger } from '../requestLedger.ts';
import type { RelyingParty } from '../webauthn/assertion.ts';
import type { Policy } from './policy.ts';
import type { ReleasePorts } from './releasePorts.ts';
import { sealToViewer } from './sealedKey.ts';

/** The steps of a release as the service takes them. @param policy there is no default: who wires it says what decides */
export const productionPorts = (
  context: KeystoreContext,
  { party, policy, requests }: { party: RelyingParty; policy: Policy; requests: RequestLedger },
): ReleasePorts => ({
  clinic: context.clinic,
  party,
  policy,
  now: context.now,
  requests,
  nonces: { isAlive: (nonce, subject, now) => isAlive(context.database, nonce, subject, now) },
  directory: { find: (credential) => findClinician(context.database, context.statements.publicKey, credential) },
  log: context.log,
  keys: {
    find: (objects) => findObjects(context, objects),
    open: (object) => openObject(context, object),
  },
  seal: sealToViewer,
});

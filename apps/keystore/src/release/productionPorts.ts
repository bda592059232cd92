import { findClinician } from '../directory/clinician.ts';
import { findPatientCredential } from '../directory/patientCredential.ts';
import { findObjects, openObject } from '../keys/objectKeys.ts';
import { wasRegistered } from '../keys/registration.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { isAlive } from '../nonces.ts';
import { keepNotice } from '../notices.ts';
import type { RequestLedger } from '../requestLedger.ts';
import type { RelyingParty } from '../webauthn/assertion.ts';
import type { Policy } from './policy.ts';
import type { ReleasePorts, TwoApprovers } from './releasePorts.ts';
import { sealToViewer } from './sealedKey.ts';

/** The steps of a release as the service takes them. @param policy there is no default: who wires it says what decides */
export const productionPorts = (
  context: KeystoreContext,
  {
    party,
    policy,
    requests,
    twoApprovers = 'none',
  }: { party: RelyingParty; policy: Policy; requests: RequestLedger; twoApprovers?: TwoApprovers },
): ReleasePorts => ({
  clinic: context.clinic,
  party,
  policy,
  twoApprovers,
  now: context.now,
  requests,
  nonces: { isAlive: (nonce, subject, now) => isAlive(context.database, nonce, subject, now) },
  directory: {
    find: (credential) => findClinician(context.database, context.statements.publicKey, credential),
    findPatient: (credential) => findPatientCredential(context.database, context.statements.publicKey, credential),
  },
  notices: { keep: (notice) => keepNotice(context.database, notice) },
  log: context.log,
  keys: {
    find: (objects) => findObjects(context, objects),
    wasRegistered: (object) => wasRegistered(context.database, object),
    open: (object) => openObject(context, object),
  },
  seal: sealToViewer,
});

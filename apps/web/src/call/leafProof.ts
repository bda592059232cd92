import type { DirectoryTrust } from '@sotto/e2ee';
import { type ClinicianProof, type LeafClaim, leafClaimLifetimeSeconds } from '@sotto/protocol/clinicianProof';
import type { ClinicId, LeafThumbprint, VisitId } from '@sotto/protocol/ids';
import { type ClinicianStatement, challengeLabels } from '@sotto/protocol/keystore';
import { instantOf } from '../keystore/acts.ts';
import { canonicalText } from '../keystore/bytes.ts';
import { challengeOf } from '../keystore/challenge.ts';
import { PasskeyFault } from '../keystore/errors.ts';
import { assertionText, signWithPasskey } from '../keystore/passkey.ts';

/** A clock that runs ahead mustn't make a proof that reaches too far for the others'. */
const marginSeconds = 3_600;

/** The leaf for which a passkey is to answer. */
export interface ProvenLeaf {
  readonly clinicId: ClinicId;
  readonly visitId: VisitId;
  readonly leaf: LeafThumbprint;
}

/**
 * Asks the person's passkey to answer for a leaf of theirs (packages/e2ee/SPEC.md section 2.1).
 *
 * @param entries the directory's, of passkeys that may answer
 * @throws PasskeyFault
 */
export async function proveLeaf(
  { clinicId, visitId, leaf }: ProvenLeaf,
  entries: readonly ClinicianStatement[],
  { rpId }: Pick<DirectoryTrust, 'rpId'>,
  signal: AbortSignal,
): Promise<ClinicianProof> {
  const expiry = instantOf(new Date(Date.now() + (leafClaimLifetimeSeconds - marginSeconds) * 1000));
  const claim: LeafClaim = { type: challengeLabels.leaf, clinic: clinicId, visit: visitId, leaf, expiry };
  const credentials = entries.map(({ payload }) => payload.credential);
  const signed = await signWithPasskey(rpId, credentials, await challengeOf(challengeLabels.leaf, claim), signal);
  const entry = entries.find(({ payload }) => payload.credential === signed.credential);
  if (entry === undefined) throw new PasskeyFault('unusable');
  return {
    entry: { payload: canonicalText(entry.payload), signature: entry.signature },
    expiry,
    assertion: assertionText(signed),
  };
}

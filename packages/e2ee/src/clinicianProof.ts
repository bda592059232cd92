import { type ClinicianProof, leafClaimLifetimeSeconds, leafClaimOctets } from '@sotto/protocol/clinicianProof';
import { type CredentialClaims, clockToleranceSeconds } from '@sotto/protocol/credential';
import { type ClinicId, roles, type VisitId } from '@sotto/protocol/ids';
import { type ClinicianStatement, challengeLabels, clinicianStatement } from '@sotto/protocol/keystore';
import { concat, fromBase64url, sha256 } from './octets.ts';
import type { CredentialFault, DirectoryTrust, KnownClinician } from './outcomes.ts';
import { judgeAssertion } from './passkeyAssertion.ts';

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
/** apps/keystore/SPEC.md section 3. */
const statementLabel = utf8('sotto/keystore/v1 statement\0');

export type ProofVerdict =
  | { tag: 'proven'; clinician: KnownClinician; expiresAt: number }
  | { tag: 'refused'; reason: CredentialFault };

/** Where and by what a proof is judged. */
export interface ProofCircumstances {
  clinicId: ClinicId;
  visitId: VisitId;
  trust: DirectoryTrust | null;
  /** Unix seconds. */
  now: number;
}

/**
 * Whether a proof makes the leaf of these claims a clinician's (SPEC.md section 2.1). The claims are verified already,
 * and the leaf key is theirs.
 */
export async function judgeProof(
  proof: ClinicianProof,
  claims: CredentialClaims,
  { clinicId, visitId, trust, now }: ProofCircumstances,
): Promise<ProofVerdict> {
  if (trust === null) return refuse('unknownKeystore');
  const entry = await readEntry(proof.entry, trust.statementKey);
  if (entry === null) return refuse('forgedEntry');
  if (entry.clinic !== clinicId) return refuse('otherClinic');
  if (claims.role !== roles.physician || entry.role !== roles.physician) return refuse('otherRole');
  if (trust.revoked.includes(entry.credential)) return refuse('revoked');
  const expiresAt = Date.parse(proof.expiry) / 1000;
  const isTimely = expiresAt > now - clockToleranceSeconds;
  if (!isTimely || expiresAt > now + leafClaimLifetimeSeconds + clockToleranceSeconds) return refuse('proofTime');
  if (proof.assertion.credential !== entry.credential) return refuse('signature');
  const claim = { type: challengeLabels.leaf, clinic: clinicId, visit: visitId, leaf: claims.jkt } as const;
  const fault = await judgeAssertion(proof.assertion, {
    challenge: await sha256(utf8(challengeLabels.leaf), leafClaimOctets({ ...claim, expiry: proof.expiry })),
    rpId: trust.rpId,
    publicKey: fromBase64url(entry.publicKey),
  });
  if (fault !== null) return refuse(fault);
  return { tag: 'proven', clinician: { subject: entry.subject, licence: entry.licence }, expiresAt };
}

/** The entry, if the keystore with this key has signed it to the letter. */
async function readEntry(
  { payload, signature }: ClinicianProof['entry'],
  statementKey: string,
): Promise<ClinicianStatement['payload'] | null> {
  try {
    const key = await crypto.subtle.importKey('raw', fromBase64url(statementKey), 'Ed25519', false, ['verify']);
    const signed = concat(statementLabel, utf8(payload));
    if (!(await crypto.subtle.verify('Ed25519', key, fromBase64url(signature), signed))) return null;
    return clinicianStatement.shape.payload.safeParse(JSON.parse(payload)).data ?? null;
  } catch {
    // A key that is none has signed nothing; nor has the keystore signed what isn't JSON.
    return null;
  }
}

function refuse(reason: CredentialFault): ProofVerdict {
  return { tag: 'refused', reason };
}

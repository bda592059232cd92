import type { CredentialClaims, TokenVerifier } from '@sotto/protocol/credential';
import { type LeafThumbprint, leafThumbprint, type VisitId } from '@sotto/protocol/ids';
import type { AuthenticationService, Credential } from 'ts-mls';
import { concat, sameOctets, sha256, toBase64url } from './octets.ts';

/** The identity of an MLS basic credential: version, form, and the form's own octets. SPEC.md section 2. */
const identityVersion = 1;
const forms = {
  /** A credential that the clinic's api signed: a compact JWS. */
  api: 1,
} as const;

export function encodeIdentity(credential: string): Uint8Array<ArrayBuffer> {
  return concat(Uint8Array.of(identityVersion, forms.api), new TextEncoder().encode(credential));
}

/** @returns the compact JWS; null for any other version or form, the clinician's directory form included */
function decodeIdentity(identity: Uint8Array): string | null {
  const [version, form] = identity;
  if (version !== identityVersion || form !== forms.api) return null;
  return new TextDecoder().decode(identity.subarray(2));
}

/** How a leaf's key is named outside of the group: SHA-256 of the raw Ed25519 public key. */
export async function thumbprint(signatureKey: Uint8Array): Promise<LeafThumbprint> {
  return leafThumbprint.parse(toBase64url(await sha256(signatureKey)));
}

/** Whether `name` is what a credential commits to (`nmc`). */
export async function matchesCommitment(
  claims: CredentialClaims,
  name: { name: string; salt: Uint8Array },
): Promise<boolean> {
  return toBase64url(await sha256(name.salt, new TextEncoder().encode(name.name))) === claims.nmc;
}

export type CredentialVerdict =
  | { tag: 'valid'; claims: CredentialClaims }
  | { tag: 'refused'; reason: 'expired' | 'unknownSigner' | 'malformed' | 'otherLeaf' | 'otherVisit' };

/**
 * Decides whether a credential is good for a leaf key in this visit, and remembers what the good ones claim. It's
 * MLS's authentication service (RFC 9420 section 5.3.1).
 */
export class Authenticator implements AuthenticationService {
  readonly #verifier: TokenVerifier;
  readonly #visitId: VisitId;
  readonly #now: () => Date;
  readonly #valid = new Map<string, { claims: CredentialClaims; key: Uint8Array }>();
  #refused = false;

  /** @param verifier accepts tokens of this clinic only */
  constructor(verifier: TokenVerifier, visitId: VisitId, now: () => Date) {
    this.#verifier = verifier;
    this.#visitId = visitId;
    this.#now = now;
  }

  /** Seconds, by the clock that credentials are judged by. */
  unixNow(): number {
    return Math.floor(this.#now().getTime() / 1000);
  }

  async check(credential: string, signatureKey: Uint8Array): Promise<CredentialVerdict> {
    const verdict = await this.#verifier.credential(credential, this.#now());
    if (verdict.tag !== 'valid') return { tag: 'refused', reason: verdict.tag };
    if (verdict.claims.vis !== this.#visitId) return { tag: 'refused', reason: 'otherVisit' };
    if (verdict.claims.jkt !== (await thumbprint(signatureKey))) return { tag: 'refused', reason: 'otherLeaf' };
    this.#valid.set(credential, { claims: verdict.claims, key: signatureKey });
    return verdict;
  }

  /** Called by ts-mls for every leaf that it lets in or lets change. */
  async validateCredential(credential: Credential, signatureKey: Uint8Array): Promise<boolean> {
    const token = credential.credentialType === 'basic' ? decodeIdentity(credential.identity) : null;
    const verdict = token === null ? null : await this.check(token, signatureKey);
    const valid = verdict?.tag === 'valid';
    if (!valid) this.#refused = true;
    return valid;
  }

  /** What a credential claims that has been found valid for this very key; null otherwise. */
  claims(credential: Credential, signatureKey: Uint8Array): CredentialClaims | null {
    const token = credential.credentialType === 'basic' ? decodeIdentity(credential.identity) : null;
    const known = token === null ? undefined : this.#valid.get(token);
    return known !== undefined && sameOctets(known.key, signatureKey) ? known.claims : null;
  }

  /** Whether a credential was refused since this was last asked: ts-mls's errors don't tell. */
  takeRefusal(): boolean {
    const refused = this.#refused;
    this.#refused = false;
    return refused;
  }
}

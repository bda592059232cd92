import { type ClinicianProof, clinicianProof } from '@sotto/protocol/clinicianProof';
import { type CredentialClaims, compactJws, type TokenVerifier } from '@sotto/protocol/credential';
import {
  type ClinicId,
  type LeafThumbprint,
  leafThumbprint,
  type ParticipantId,
  type Role,
  roles,
  type StaffId,
  type VisitId,
} from '@sotto/protocol/ids';
import type { AuthenticationService, Credential, LeafNode } from 'ts-mls';
import * as z from 'zod';
import { judgeProof } from './clinicianProof.ts';
import { concat, sameOctets, sha256, toBase64url } from './octets.ts';
import type { CredentialFault, DirectoryTrust, ProvenPerson } from './outcomes.ts';
import type { LeafClaims, RosterLeaf } from './roster.ts';

/** The identity of an MLS basic credential: version, form, and the form's own octets. SPEC.md section 2. */
const identityVersion = 1;
const forms = {
  /** A credential that the clinic's api signed: a compact JWS. */
  api: 1,
  /** The same, with a clinician's proof. */
  clinician: 2,
} as const;
const maxIdentityOctets = 8 * 1024;

const clinicianForm = z.strictObject({ credential: compactJws, proof: clinicianProof });

/** What a leaf shows of itself: the api's word, and for a clinician the directory's and the passkey's. */
export interface LeafCredential {
  credential: string;
  proof: ClinicianProof | null;
}

export function encodeIdentity({ credential, proof }: LeafCredential): Uint8Array<ArrayBuffer> {
  const [form, text] =
    proof === null ? [forms.api, credential] : [forms.clinician, JSON.stringify({ credential, proof })];
  return concat(Uint8Array.of(identityVersion, form), new TextEncoder().encode(text));
}

/** @returns null for any other version or form, and for what isn't its form's */
function decodeIdentity(identity: Uint8Array): LeafCredential | null {
  const [version, form] = identity;
  if (version !== identityVersion || identity.length > maxIdentityOctets) return null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(identity.subarray(2));
    if (form === forms.api) return { credential: text, proof: null };
    return form === forms.clinician ? clinicianForm.parse(JSON.parse(text)) : null;
  } catch {
    return null;
  }
}

/** The api's word for a leaf, as it stands in it: a compact JWS. Null for a leaf of no form that there is. */
export function credentialOf({ credential }: Pick<LeafNode, 'credential'>): string | null {
  return credential.credentialType === 'basic' ? (decodeIdentity(credential.identity)?.credential ?? null) : null;
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
  | { tag: 'valid'; claims: LeafClaims }
  /** `claims` are the api's true words of it; null where not even these hold. */
  | { tag: 'refused'; reason: CredentialFault; claims: CredentialClaims | null };

/** A leaf that isn't let in. */
export interface RefusedLeaf {
  leaf: LeafThumbprint;
  /** Whom the api vouched for with it, as what; null where it didn't. */
  person: { participantId: ParticipantId; role: Role } | null;
  reason: CredentialFault;
}

export interface AuthenticatorOptions {
  /** Accepts tokens of this clinic only. */
  verifier: TokenVerifier;
  clinicId: ClinicId;
  visitId: VisitId;
  /** By what clinicians' proofs are judged; null where no keystore is known. */
  trust: DirectoryTrust | null;
  /** Whether a physician without a proof is refused. */
  requiresProof: boolean;
  /** Who stood as which clinician of the directory in a group with an earlier leaf. */
  proven: readonly ProvenPerson[];
  now: () => Date;
  /** Told of each leaf that a Welcome or a commit would bring and that isn't let in. */
  onRefused: (refused: RefusedLeaf) => void;
}

/**
 * Decides whether a credential is good for a leaf key in this visit, and remembers what the good ones claim. It's
 * MLS's authentication service (RFC 9420 section 5.3.1).
 */
export class Authenticator implements AuthenticationService {
  readonly #options: AuthenticatorOptions;
  readonly #valid = new Map<string, { claims: LeafClaims; key: Uint8Array }>();
  readonly #clinicians = new Map<ParticipantId, StaffId>();
  #refused = false;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    for (const { participantId, subject } of options.proven) this.#clinicians.set(participantId, subject);
  }

  /** Seconds, by the clock that credentials are judged by. */
  unixNow(): number {
    return Math.floor(this.#options.now().getTime() / 1000);
  }

  /** @param identity octets of an MLS basic credential's identity */
  async check(identity: Uint8Array, signatureKey: Uint8Array): Promise<CredentialVerdict> {
    const decoded = decodeIdentity(identity);
    if (decoded === null) return { tag: 'refused', reason: 'malformed', claims: null };
    const verdict = await this.#options.verifier.credential(decoded.credential, this.#options.now());
    if (verdict.tag !== 'valid') return { tag: 'refused', reason: verdict.tag, claims: null };
    const { claims } = verdict;
    const refuse = (reason: CredentialFault): CredentialVerdict => ({ tag: 'refused', reason, claims });
    if (claims.vis !== this.#options.visitId) return refuse('otherVisit');
    if (claims.jkt !== (await thumbprint(signatureKey))) return refuse('otherLeaf');
    const judged = await this.#judgeClinician(decoded.proof, claims);
    if (typeof judged === 'string') return refuse(judged);
    this.#valid.set(toBase64url(identity), { claims: judged, key: signatureKey });
    return { tag: 'valid', claims: judged };
  }

  /** Called by ts-mls for every leaf that it lets in or lets change. */
  async validateCredential(credential: Credential, signatureKey: Uint8Array): Promise<boolean> {
    const identity = credential.credentialType === 'basic' ? credential.identity : new Uint8Array();
    const verdict = await this.check(identity, signatureKey);
    if (verdict.tag === 'valid') return true;
    this.#refused = true;
    this.#options.onRefused({
      leaf: await thumbprint(signatureKey),
      person: verdict.claims && { participantId: verdict.claims.sub, role: verdict.claims.role },
      reason: verdict.reason,
    });
    return false;
  }

  /** What a credential claims that has been found valid for this very key; null otherwise. */
  claims(credential: Credential, signatureKey: Uint8Array): LeafClaims | null {
    if (credential.credentialType !== 'basic' || credential.identity.length > maxIdentityOctets) return null;
    const known = this.#valid.get(toBase64url(credential.identity));
    return known !== undefined && sameOctets(known.key, signatureKey) ? known.claims : null;
  }

  /** These stood in a group with this leaf: who was known by the directory stays that clinician, whatever comes. */
  remember(roster: readonly RosterLeaf[]): void {
    for (const { claims } of roster) {
      if (claims.clinician !== null) this.#clinicians.set(claims.sub, claims.clinician.subject);
    }
  }

  /** Whether a credential was refused since this was last asked: ts-mls's errors don't tell. */
  takeRefusal(): boolean {
    const refused = this.#refused;
    this.#refused = false;
    return refused;
  }

  async #judgeClinician(proof: ClinicianProof | null, claims: CredentialClaims): Promise<LeafClaims | CredentialFault> {
    const { trust, requiresProof, clinicId, visitId } = this.#options;
    const known = this.#clinicians.get(claims.sub);
    if (proof === null) {
      if (requiresProof && claims.role === roles.physician) return 'noProof';
      return known === undefined ? { ...claims, clinician: null } : 'otherClinician';
    }
    const verdict = await judgeProof(proof, claims, { clinicId, visitId, trust, now: this.unixNow() });
    if (verdict.tag === 'refused') return verdict.reason;
    const { clinician, expiresAt } = verdict;
    if (known !== undefined && known !== clinician.subject) return 'otherClinician';
    return { ...claims, exp: Math.min(claims.exp, expiresAt), clinician };
  }
}

import { leafClaimLifetimeSeconds, leafClaimOctets } from '@sotto/protocol/clinicianProof';
import { type ConsentEvidence, consentOctets, type SignedConsent, termsOctets } from '@sotto/protocol/consent';
import type { CredentialClaims, TokenVerifier } from '@sotto/protocol/credential';
import { type LeafThumbprint, roles, type VisitId } from '@sotto/protocol/ids';
import { challengeLabels } from '@sotto/protocol/keystore';
import { challengeOf, type RelyingParty, verifyAssertion } from '@sotto/service/assertion';
import { canonicalJson, fromBase64url, sha256, toBase64url } from '../bytes.ts';
import { answeredAt, type Clinician, findClinician } from '../directory/clinician.ts';
import { isEd25519Signature } from '../directory/newKey.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { isSigned } from '../statement.ts';

/** By what the signatures of others are judged. */
export interface RegistrationTrust {
  readonly party: RelyingParty;
  /** Knows the api's public identity keys, those of before too: they sign the credentials of who consents. */
  readonly identities: TokenVerifier;
}

/** `invalid`: it isn't what it should be about. `assertion`: somebody's signature isn't there, or isn't theirs. */
export type ConsentFault = 'invalid' | 'assertion';

export type ConsentVerdict =
  /** `recorders`: the passkeys that answer for the leaves that asked, all of one clinician; at least one. */
  | { readonly tag: 'consented'; readonly recorders: readonly [Clinician, ...Clinician[]] }
  | { readonly tag: 'refused'; readonly code: ConsentFault };

/** How far the clock of somebody's device may be off: a recording isn't lost by it. */
const clockSkewMs = 24 * 60 * 60_000;

/** SHA-256 of the terms: what the context of each of the recording's objects has as `consent`. */
export const consentHashOf = ({ terms }: ConsentEvidence): string => toBase64url(sha256(termsOctets(terms)));

/** SHA-256 of the evidence's canonical form: `roster` of each manifest. */
export const evidenceHashOf = (evidence: ConsentEvidence): string => toBase64url(sha256(canonicalJson(evidence)));

/** The object that the evidence is of, as it was minted. */
export interface RecordedObject {
  readonly visit: VisitId;
  readonly mintedAt: Date;
}

/** Somebody who said yes, with one leaf. */
interface Member {
  readonly claims: CredentialClaims;
  readonly givenAtMs: number;
}

/**
 * Whether everybody who is recorded, and the clinician who asked, have said yes to exactly these terms in this visit, each
 * with the key of a leaf that the clinic vouched for then; and whose passkey answers for who asked (SPEC.md section 5).
 *
 * @throws LogStopped as `findClinician`
 */
export async function checkConsents(
  context: Pick<KeystoreContext, 'clinic' | 'database' | 'statements' | 'now'>,
  trust: RegistrationTrust,
  evidence: ConsentEvidence,
  { visit, mintedAt }: RecordedObject,
): Promise<ConsentVerdict> {
  const refused = (code: ConsentFault): ConsentVerdict => ({ tag: 'refused', code });
  const { terms, consents, tracks } = evidence;
  const latestMs = context.now().getTime() + clockSkewMs;
  const isOfVisit = terms.clinic === context.clinic && terms.visit === visit;
  if (!isOfVisit || Date.parse(terms.askedAt) > latestMs) return refused('invalid');

  const members = new Map<LeafThumbprint, Member>();
  const hash = consentHashOf(evidence);
  for (const signed of consents) {
    const member = await memberOf(trust.identities, signed, { hash, visit, latestMs });
    if (typeof member === 'string') return refused(member);
    members.set(signed.consent.leaf, member);
  }
  const recorders = await recordersOf(context, trust.party, evidence, { members, mintedAt });
  if (typeof recorders === 'string') return refused(recorders);
  const people = new Set([...members.values()].map(({ claims }) => claims.sub));
  const isEachOnce = new Set(tracks).size === tracks.length;
  if (!isEachOnce || !tracks.every((person) => people.has(person))) return refused('invalid');
  return { tag: 'consented', recorders };
}

/** Whose yes it is, if it is one. */
async function memberOf(
  identities: TokenVerifier,
  { consent, key, credential, signature }: SignedConsent,
  { hash, visit, latestMs }: { readonly hash: string; readonly visit: VisitId; readonly latestMs: number },
): Promise<Member | ConsentFault> {
  const publicKey = fromBase64url(key);
  const isOfLeaf = consent.leaf === toBase64url(sha256(publicKey)) && consent.leaves.includes(consent.leaf);
  const givenAtMs = Date.parse(consent.givenAt);
  if (consent.terms !== hash || !isOfLeaf || givenAtMs > latestMs) return 'invalid';
  if (!isEd25519Signature(publicKey, consentOctets(consent), signature)) return 'assertion';
  const verdict = await identities.credential(credential, new Date(givenAtMs - clockSkewMs));
  if (verdict.tag !== 'valid') return 'assertion';
  const { claims } = verdict;
  const isIssued = claims.iat * 1000 <= givenAtMs + clockSkewMs;
  return claims.vis === visit && claims.jkt === consent.leaf && isIssued ? { claims, givenAtMs } : 'assertion';
}

/** The passkeys that answer for the leaves of who asked: for each of them, all one clinician's. */
async function recordersOf(
  { clinic, database, statements }: Pick<KeystoreContext, 'clinic' | 'database' | 'statements'>,
  party: RelyingParty,
  { terms, recorders }: ConsentEvidence,
  { members, mintedAt }: { readonly members: ReadonlyMap<LeafThumbprint, Member>; readonly mintedAt: Date },
): Promise<readonly [Clinician, ...Clinician[]] | ConsentFault> {
  const asking = [...members].filter(([, { claims }]) => claims.sub === terms.askedBy).map(([leaf]) => leaf);
  const proven = new Set(recorders.map(({ leaf }) => leaf));
  if (proven.size !== recorders.length || asking.length !== proven.size) return 'invalid';
  const found: Clinician[] = [];
  for (const { leaf, proof } of recorders) {
    const member = members.get(leaf);
    if (member?.claims.sub !== terms.askedBy || member.claims.role !== roles.physician) return 'invalid';
    const expiryMs = Date.parse(proof.expiry);
    const isTimely =
      expiryMs > member.givenAtMs - clockSkewMs &&
      expiryMs <= member.givenAtMs + leafClaimLifetimeSeconds * 1000 + clockSkewMs;
    const clinician = await findClinician(database, statements, proof.assertion.credential);
    // Who recorded before their passkey was revoked has recorded: only what was begun later isn't theirs.
    const isTheirs = clinician?.entry.role === roles.physician && answeredAt(clinician, mintedAt);
    if (!isTimely || !isTheirs) return 'assertion';
    const { payload, signature } = proof.entry;
    const isOwnEntry =
      payload === new TextDecoder().decode(canonicalJson(clinician.entry)) &&
      isSigned(statements.publicKey, { payload: clinician.entry, signature });
    const claim = { type: challengeLabels.leaf, clinic, visit: terms.visit, leaf, expiry: proof.expiry } as const;
    const challenge = challengeOf(challengeLabels.leaf, leafClaimOctets(claim));
    // Its counter has moved on since: the visit was before.
    const key = { publicKey: clinician.publicKey, counter: 0 };
    const verdict = verifyAssertion(proof.assertion, { challenge, party, key });
    if (!isOwnEntry || verdict.tag === 'invalid') return 'assertion';
    found.push(clinician);
  }
  const [first, ...others] = found;
  if (first === undefined) return 'invalid';
  const isOnePerson = others.every(({ entry }) => entry.subject === first.entry.subject);
  return isOnePerson ? [first, ...others] : 'assertion';
}

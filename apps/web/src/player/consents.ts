import { type ConsentEvidence, consentOctets, type SignedConsent, termsOctets } from '@sotto/protocol/consent';
import { leafThumbprint, type ParticipantId, participantId, type Role, roles } from '@sotto/protocol/ids';
import * as z from 'zod';
import { fromBase64url, sha256, toBase64url } from '../keystore/bytes.ts';
import { EvidenceFault } from '../keystore/errors.ts';
import { verifies } from '../keystore/statements.ts';

/** What a credential says of its leaf's owner. That the clinic signed it the keystore has checked. */
const owner = z.looseObject({ sub: participantId, role: z.enum(roles), jkt: leafThumbprint });

/** Somebody who agreed to be recorded. */
export interface Agreed {
  readonly participant: ParticipantId;
  readonly role: Role;
  /** By their own clock; of several times the first. */
  readonly at: string;
}

/** SHA-256 of the terms: `consent` of each object of the recording. */
export const termsHash = async (evidence: ConsentEvidence): Promise<string> =>
  toBase64url(await sha256(termsOctets(evidence.terms)));

/**
 * Checks that everybody who was recorded has said yes to these very terms, each by the key of their place in the visit.
 *
 * @returns who agreed, the first first
 * @throws EvidenceFault `consent`
 */
export async function checkConsents(evidence: ConsentEvidence): Promise<readonly Agreed[]> {
  const terms = await termsHash(evidence);
  const given = await Promise.all(evidence.consents.map((one) => checkConsent(one, terms)));
  const first = new Map<ParticipantId, Agreed>();
  for (const one of given.sort((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    if (!first.has(one.participant)) first.set(one.participant, one);
  }
  const hasAgreed = (participant: ParticipantId): boolean => first.has(participant);
  if (!evidence.tracks.every(hasAgreed) || !hasAgreed(evidence.terms.askedBy)) throw new EvidenceFault('consent');
  return [...first.values()];
}

async function checkConsent({ consent, key, credential, signature }: SignedConsent, terms: string): Promise<Agreed> {
  const claims = ownerOf(credential);
  const [raw, signed] = [fromBase64url(key), fromBase64url(signature)];
  if (claims === null || raw === null || signed === null) throw new EvidenceFault('consent');
  const { leaf, leaves } = consent;
  // A leaf is named by the SHA-256 of its key (packages/e2ee/SPEC.md section 2).
  const isOfLeaf = leaf === toBase64url(await sha256(raw)) && claims.jkt === leaf && leaves.includes(leaf);
  if (!isOfLeaf || consent.terms !== terms || !(await verifies(raw, signed, consentOctets(consent)))) {
    throw new EvidenceFault('consent');
  }
  return { participant: claims.sub, role: claims.role, at: consent.givenAt };
}

function ownerOf(credential: string): z.infer<typeof owner> | null {
  const payload = fromBase64url(credential.split('.')[1] ?? '');
  if (payload === null) return null;
  try {
    return owner.safeParse(JSON.parse(new TextDecoder().decode(payload))).data ?? null;
  } catch {
    return null;
  }
}

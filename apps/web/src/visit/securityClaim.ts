import type { VisitSnapshot } from '../call/contract.ts';

/** What may be said of a visit's privacy as a whole. */
export type SecurityClaim =
  | 'connecting'
  | 'alone'
  | 'encrypted'
  /** Encrypted, and every clinician among the others is one whom the directory knows. */
  | 'proven'
  /** Encrypted, and for a clinician among the others the clinic's server alone vouches. */
  | 'serverOnly'
  | 'compared'
  | 'cantVerify'
  | 'distrusted';

type ClaimFacts = Pick<VisitSnapshot, 'phase' | 'security' | 'people'>;

/** The least that holds for everybody: one person who can't be verified, or isn't compared, takes the claim from all. */
export function securityClaim({ phase, security, people }: ClaimFacts): SecurityClaim {
  if (security === 'distrusted') return 'distrusted';
  if (security === 'cantVerify' || people.some((person) => person.security === 'cantVerify')) return 'cantVerify';
  if (phase.tag !== 'inVisit' || security === 'connecting') return 'connecting';
  if (people.length === 0) return 'alone';
  const opened = people.filter((person) => person.security === 'encrypted' || person.security === 'cantDecrypt');
  if (opened.length < people.length) return 'connecting';
  if (people.every((person) => person.compared)) return 'compared';
  return standingOfClinicians({ people }) ?? 'encrypted';
}

/** By whose word the clinicians among the others are that; null if there is none. */
export function standingOfClinicians({ people }: Pick<VisitSnapshot, 'people'>): 'proven' | 'serverOnly' | null {
  const clinicians = people.filter(({ role }) => role === 'physician');
  if (clinicians.length === 0) return null;
  return clinicians.every(({ clinician }) => clinician !== null) ? 'proven' : 'serverOnly';
}

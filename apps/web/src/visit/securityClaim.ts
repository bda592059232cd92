import type { VisitSnapshot } from '../call/contract.ts';

/** What may be said of a visit's privacy as a whole. */
export type SecurityClaim = 'connecting' | 'alone' | 'encrypted' | 'compared' | 'cantVerify' | 'distrusted';

/** The least that holds for everybody: one person who can't be verified, or isn't compared, takes the claim from all. */
export function securityClaim({ phase, security, people }: VisitSnapshot): SecurityClaim {
  if (security === 'distrusted') return 'distrusted';
  if (security === 'cantVerify' || people.some((person) => person.security === 'cantVerify')) return 'cantVerify';
  if (phase.tag !== 'inVisit' || security === 'connecting') return 'connecting';
  if (people.length === 0) return 'alone';
  const opened = people.filter((person) => person.security === 'encrypted' || person.security === 'cantDecrypt');
  if (opened.length < people.length) return 'connecting';
  return people.every((person) => person.compared) ? 'compared' : 'encrypted';
}

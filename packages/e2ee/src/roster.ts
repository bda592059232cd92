import type { CredentialClaims } from '@sotto/protocol/credential';
import type { Credential, LeafNode, RatchetTree } from 'ts-mls';
import { sameOctets } from './octets.ts';
import type { KnownClinician } from './outcomes.ts';

/** What a leaf's verified credential claims; `exp` is the earlier of the api's and the passkey's. */
export interface LeafClaims extends CredentialClaims {
  /** Whom the directory knows the leaf's owner as; null for whom the api alone vouches. */
  clinician: KnownClinician | null;
}

/** One leaf of the tree with what its verified credential claims. */
export interface RosterLeaf {
  leafIndex: number;
  claims: LeafClaims;
  node: LeafNode;
}

export type ClaimsOf = (credential: Credential, signatureKey: Uint8Array) => LeafClaims | null;

/**
 * Everybody in a tree, by leaf index.
 *
 * @returns null if a credential among them hasn't been found valid
 */
export function rosterOf(tree: RatchetTree, claimsOf: ClaimsOf): RosterLeaf[] | null {
  const roster: RosterLeaf[] = [];
  // Leaves are the even nodes of the array (RFC 9420 appendix C).
  for (let index = 0; index < tree.length; index += 2) {
    const node = tree[index];
    if (node?.nodeType !== 'leaf') continue;
    const claims = claimsOf(node.leaf.credential, node.leaf.signaturePublicKey);
    if (claims === null) return null;
    roster.push({ leafIndex: index / 2, claims, node: node.leaf });
  }
  return roster;
}

/** Whether one person stands in two leaves: by subject, by leaf key, or by the directory. */
export function hasDuplicates(all: readonly Pick<LeafClaims, 'sub' | 'jkt' | 'clinician'>[]): boolean {
  const isRepeated = (values: readonly string[]): boolean => new Set(values).size < values.length;
  return (
    isRepeated(all.map(({ sub }) => sub)) ||
    isRepeated(all.map(({ jkt }) => jkt)) ||
    isRepeated(all.flatMap(({ clinician }) => (clinician === null ? [] : [clinician.subject])))
  );
}

/** Whether a leaf is still what it was, but for the key that a commit's path renews. */
export function sameLeaf(before: LeafNode, after: LeafNode): boolean {
  return (
    sameOctets(before.signaturePublicKey, after.signaturePublicKey) &&
    before.credential.credentialType === 'basic' &&
    after.credential.credentialType === 'basic' &&
    sameOctets(before.credential.identity, after.credential.identity) &&
    JSON.stringify(before.capabilities) === JSON.stringify(after.capabilities) &&
    before.extensions.length === 0 &&
    after.extensions.length === 0
  );
}

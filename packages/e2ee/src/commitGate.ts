import { clockToleranceSeconds } from '@sotto/protocol/credential';
import { roles } from '@sotto/protocol/ids';
import type { KeyPackage, ProposalWithSender } from 'ts-mls';
import type { Refusal } from './outcomes.ts';
import { type ClaimsOf, hasDuplicates, type RosterLeaf, sameLeaf } from './roster.ts';

/** What a commit asks for, once it has passed the gate. */
export interface RosterChange {
  added: { claims: RosterLeaf['claims']; keyPackage: KeyPackage }[];
  removed: RosterLeaf[];
}

export type GateVerdict = { tag: 'passed'; change: RosterChange } | { tag: 'refused'; reason: Refusal };

/**
 * Whether a commit's proposals are of the permitted kinds and by somebody entitled (SPEC.md section 5).
 *
 * @param before the roster that the commit is applied to
 * @param committer leaf index; undefined for a sender from outside
 * @param claimsOf knows the credentials of the key packages already
 * @param now Unix seconds
 */
export function judgeProposals(
  before: readonly RosterLeaf[],
  committer: number | undefined,
  proposals: readonly ProposalWithSender[],
  claimsOf: ClaimsOf,
  now: number,
): GateVerdict {
  const by = before.find(({ leafIndex }) => leafIndex === committer);
  if (by === undefined) return refuse('proposal');
  const change: RosterChange = { added: [], removed: [] };
  for (const { proposal, senderLeafIndex } of proposals) {
    // A proposal by reference was somebody else's: nobody's words but the committer's own count.
    if (senderLeafIndex !== committer) return refuse('proposal');
    switch (proposal.proposalType) {
      case 'add': {
        const { keyPackage } = proposal.add;
        const { credential, signaturePublicKey } = keyPackage.leafNode;
        const claims = claimsOf(credential, signaturePublicKey);
        if (claims === null) return refuse('credential');
        if (!isPlain(keyPackage) || !isLifetimeOf(keyPackage, claims)) return refuse('malformed');
        change.added.push({ claims, keyPackage });
        break;
      }
      case 'remove': {
        const leaf = before.find(({ leafIndex }) => leafIndex === proposal.remove.removed);
        if (leaf === undefined || leaf === by || change.removed.includes(leaf)) return refuse('malformed');
        change.removed.push(leaf);
        break;
      }
      default:
        return refuse('proposal');
    }
  }
  const reason = judgeChange(before, by, change, now);
  return reason === null ? { tag: 'passed', change } : refuse(reason);
}

function judgeChange(before: readonly RosterLeaf[], by: RosterLeaf, change: RosterChange, now: number): Refusal | null {
  const staying = before.filter((leaf) => !change.removed.includes(leaf));
  const after = [...staying, ...change.added].map(({ claims }) => claims);
  if (hasDuplicates(after)) return 'duplicateSubject';
  for (const { claims } of change.added) {
    const replaced = change.removed.find((leaf) => leaf.claims.sub === claims.sub);
    if (replaced === undefined) continue;
    if (replaced.claims.role !== claims.role || replaced.claims.jkt === claims.jkt) return 'mismatch';
    // Else a server could have a live leaf replaced by one of an earlier connection.
    if (claims.iat < replaced.claims.iat) return 'outdated';
  }
  return isEntitled(by, change, now) ? null : 'notEntitled';
}

function isEntitled(by: RosterLeaf, { added, removed }: RosterChange, now: number): boolean {
  // Whose time is over anybody may take out: by the committer's clock, which may be ahead of this one.
  const others = removed.filter(({ claims }) => claims.exp > now + clockToleranceSeconds);
  switch (by.claims.role) {
    case roles.physician:
      return true;
    case roles.patient:
      return (
        added.every(({ claims }) => claims.role === roles.physician) &&
        others.every((leaf) => added.some(({ claims }) => claims.sub === leaf.claims.sub))
      );
    case roles.guest:
      return added.length === 0 && others.length === 0;
  }
}

/**
 * Whether the tree that came of a commit is the one before with exactly that change: nothing else may have moved.
 */
export function judgeTree(
  before: readonly RosterLeaf[],
  after: readonly RosterLeaf[] | null,
  change: RosterChange,
): Refusal | null {
  if (after === null) return 'credential';
  const expected = before.length - change.removed.length + change.added.length;
  if (after.length !== expected) return 'leafChanged';
  for (const leaf of after) {
    const stayed = before.find(({ leafIndex }) => leafIndex === leaf.leafIndex);
    const isKept = stayed !== undefined && !change.removed.includes(stayed) && sameLeaf(stayed.node, leaf.node);
    const isAdded = change.added.some(({ keyPackage }) => sameLeaf(keyPackage.leafNode, leaf.node));
    if (!isKept && !isAdded) return 'leafChanged';
  }
  return null;
}

function isPlain(keyPackage: KeyPackage): boolean {
  return keyPackage.extensions.length === 0 && keyPackage.leafNode.extensions.length === 0;
}

/** A key package is good for as long as its credential, not longer: ts-mls checks only that it's good now. */
function isLifetimeOf(keyPackage: KeyPackage, claims: RosterLeaf['claims']): boolean {
  const { notBefore, notAfter } = keyPackage.leafNode.lifetime;
  return notBefore >= BigInt(claims.iat - clockToleranceSeconds) && notAfter <= BigInt(claims.exp);
}

function refuse(reason: Refusal): GateVerdict {
  return { tag: 'refused', reason };
}

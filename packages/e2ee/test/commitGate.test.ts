import { roles } from '@sotto/protocol/ids';
import type { KeyPackage, LeafNode, ProposalWithSender } from 'ts-mls';
import { describe, expect, test } from 'vitest';
import { judgeProposals, judgeTree } from '../src/commitGate.ts';
import type { LeafClaims, RosterLeaf } from '../src/roster.ts';

const now = 10_000;

function claims(sub: string, role: LeafClaims['role'], exp = now + 3_600): LeafClaims {
  return { sub, jkt: sub.repeat(2), role, iat: now - 60, exp, clinician: null } as LeafClaims;
}

function node(name: string): LeafNode {
  const identity = new TextEncoder().encode(name);
  const credential = { credentialType: 'basic', identity } as const;
  return { signaturePublicKey: identity, credential, capabilities: {}, extensions: [] } as unknown as LeafNode;
}

const leaf = (leafIndex: number, of: LeafClaims): RosterLeaf => ({ leafIndex, claims: of, node: node(of.sub) });
const group = [
  leaf(0, claims('P', roles.physician)),
  leaf(1, claims('T', roles.patient)),
  leaf(2, claims('G', roles.guest, now + 120)),
  leaf(3, claims('E', roles.guest, now + 60)),
];
const remove = (removed: number, senderLeafIndex: number): ProposalWithSender => ({
  proposal: { proposalType: 'remove', remove: { removed } },
  senderLeafIndex,
});
const add = (of: LeafClaims, senderLeafIndex: number): ProposalWithSender => {
  const lifetime = { notBefore: BigInt(of.iat), notAfter: BigInt(of.exp) };
  const keyPackage = { leafNode: { ...node(of.sub), lifetime }, extensions: [] } as unknown as KeyPackage;
  return { proposal: { proposalType: 'add', add: { keyPackage } }, senderLeafIndex };
};
const judge = (committer: number | undefined, proposals: ProposalWithSender[], known: LeafClaims | null = null) => {
  const verdict = judgeProposals(group, committer, proposals, () => known, now);
  return verdict.tag === 'refused' ? verdict.reason : verdict.tag;
};

describe('the gate', () => {
  test('takes nothing by anybody outside, and no proposal that was another’s', () => {
    expect(judge(undefined, [])).toBe('proposal');
    expect(judge(7, [])).toBe('proposal');
    expect(judge(0, [remove(1, 0)])).toBe('passed');
    expect(judge(0, [remove(1, 2)])).toBe('proposal');
  });

  test('adds nobody whose credential hasn’t been found valid, and nobody twice', () => {
    const joiner = claims('J', roles.patient);
    expect(judge(0, [add(joiner, 0)], joiner)).toBe('passed');
    expect(judge(0, [add(joiner, 0)])).toBe('credential');
    expect(judge(0, [add(joiner, 0)], { ...joiner, jkt: group[1]?.claims.jkt ?? joiner.jkt })).toBe('duplicateSubject');
    const back = claims('T', roles.patient);
    expect(judge(0, [remove(1, 0), add(back, 0)], back)).toBe('mismatch');
    const anew = { ...back, jkt: claims('X', roles.patient).jkt };
    expect(judge(0, [remove(1, 0), add(anew, 0)], anew)).toBe('passed');
  });

  test('adds no key package that is good for longer than its credential', () => {
    const joiner = claims('J', roles.patient);
    expect(judge(0, [add({ ...joiner, exp: joiner.exp + 1 }, 0)], joiner)).toBe('malformed');
    expect(judge(0, [add({ ...joiner, iat: joiner.iat - 3_600 }, 0)], joiner)).toBe('malformed');
  });

  test('removes nobody who isn’t there, oneself, or one twice', () => {
    for (const removed of [[9], [0], [1, 1]]) {
      expect(
        judge(
          0,
          removed.map((index) => remove(index, 0)),
        ),
      ).toBe('malformed');
    }
  });

  test('lets a guest bring nobody in and put nobody out, and anybody put out whose time is over', () => {
    const joiner = claims('J', roles.physician);
    expect(judge(2, [])).toBe('passed');
    expect(judge(2, [add(joiner, 2)], joiner)).toBe('notEntitled');
    expect(judge(1, [add(joiner, 1)], joiner)).toBe('passed');
    for (const committer of [1, 2]) {
      expect(judge(committer, [remove(0, committer)])).toBe('notEntitled');
      expect(judge(committer, [remove(3, committer)])).toBe('passed');
      expect(judge(committer, [remove(3, committer), remove(0, committer)])).toBe('notEntitled');
    }
    expect(judge(1, [remove(2, 1)])).toBe('notEntitled');
    expect(judge(0, [remove(2, 0)])).toBe('passed');
  });

  test('knows a tree in which somebody is missing, too many, or somebody else', () => {
    const unchanged = { added: [], removed: [] };
    expect(judgeTree(group, group, unchanged)).toBeNull();
    expect(judgeTree(group, null, unchanged)).toBe('credential');
    expect(judgeTree(group, group.slice(1), unchanged)).toBe('leafChanged');
    expect(judgeTree(group, [...group, leaf(4, claims('J', roles.patient))], unchanged)).toBe('leafChanged');
    const swapped = group.map((one) => (one.leafIndex === 1 ? leaf(1, claims('X', roles.patient)) : one));
    expect(judgeTree(group, swapped, unchanged)).toBe('leafChanged');
  });
});

import type { LeafThumbprint } from '@sotto/protocol/ids';
import { comparisonCodeOf, comparisonCommitment } from './comparisonCode.ts';
import type { ComparisonCode, ComparisonRoundId } from './comparisonState.ts';
import type { Group } from './group.ts';
import { leafRefOf } from './leafMember.ts';
import { sameOctets } from './octets.ts';
import type { LeafRef } from './outcomes.ts';

interface Share {
  readonly ref: LeafRef;
  readonly leafIndex: number;
  commitment: Uint8Array | null;
  nonce: Uint8Array | null;
}

export type ShareFault = 'secondCommitment' | 'wrongReveal';

export interface ComparisonRoundOptions {
  round: ComparisonRoundId;
  starter: LeafRef;
  attempt: number;
  /** The group in the round's epoch. */
  group: Group;
  /** This leaf's, fresh, unknown to anybody else. */
  nonce: Uint8Array;
  startedAt: number;
}

/**
 * One round of one epoch: who has committed, who has revealed. The order in which messages come doesn't matter here;
 * what counts is that this leaf's own nonce stays here until all others are bound to theirs.
 */
export class ComparisonRound {
  readonly round: ComparisonRoundId;
  readonly starter: LeafRef;
  readonly attempt: number;
  readonly isOwn: boolean;
  readonly startedAt: number;
  readonly epoch: number;
  readonly commitment: Uint8Array;
  readonly nonce: Uint8Array;
  readonly #authenticator: Uint8Array;
  readonly #shares: ReadonlyMap<LeafThumbprint, Share>;

  private constructor(options: ComparisonRoundOptions, own: LeafThumbprint, commitment: Uint8Array) {
    const { group } = options;
    this.round = options.round;
    this.starter = options.starter;
    this.attempt = options.attempt;
    this.startedAt = options.startedAt;
    this.isOwn = options.starter.leaf === own;
    this.epoch = group.epoch;
    this.commitment = commitment;
    this.nonce = options.nonce;
    this.#authenticator = Uint8Array.from(group.epochAuthenticator);
    this.#shares = new Map(
      group.roster.map((leaf) => {
        const ref = leafRefOf(leaf);
        const mine = ref.leaf === own ? { commitment, nonce: options.nonce } : { commitment: null, nonce: null };
        return [ref.leaf, { ref, leafIndex: leaf.leafIndex, ...mine }];
      }),
    );
  }

  static async open(options: ComparisonRoundOptions): Promise<ComparisonRound> {
    const { group, round, nonce } = options;
    const own = group.roster.find(({ leafIndex }) => leafIndex === group.ownIndex);
    if (own === undefined) throw new TypeError('a group without its own leaf');
    const leaf = own.claims.jkt;
    return new ComparisonRound(options, leaf, await comparisonCommitment(round, leaf, nonce));
  }

  /** @returns what is wrong with it, if anything; the same once more is nothing */
  async commit(by: LeafThumbprint, commitment: Uint8Array): Promise<ShareFault | null> {
    const share = this.#shares.get(by);
    if (share === undefined) return null;
    if (share.commitment !== null) return sameOctets(share.commitment, commitment) ? null : 'secondCommitment';
    share.commitment = commitment;
    return this.#check(share);
  }

  async reveal(by: LeafThumbprint, nonce: Uint8Array): Promise<ShareFault | null> {
    const share = this.#shares.get(by);
    if (share === undefined) return null;
    if (share.nonce !== null) return sameOctets(share.nonce, nonce) ? null : 'wrongReveal';
    share.nonce = nonce;
    return this.#check(share);
  }

  /** All members, this leaf too. */
  leaves(): LeafRef[] {
    return [...this.#shares.values()].map(({ ref }) => ref);
  }

  /** Whether everybody is bound: from here on this leaf's nonce may be known. */
  isBound(): boolean {
    return [...this.#shares.values()].every(({ commitment }) => commitment !== null);
  }

  /** Whom the round waits for. */
  missing(): LeafRef[] {
    const shares = [...this.#shares.values()];
    const unbound = shares.filter(({ commitment }) => commitment === null);
    return (unbound.length > 0 ? unbound : shares.filter(({ nonce }) => nonce === null)).map(({ ref }) => ref);
  }

  /** @returns null until every nonce is here and is what its member had committed to */
  async code(): Promise<ComparisonCode | null> {
    const members = [...this.#shares.values()].flatMap(({ ref, leafIndex, commitment, nonce }) =>
      commitment === null || nonce === null ? [] : [{ leafIndex, leaf: ref.leaf, nonce }],
    );
    if (members.length < this.#shares.size) return null;
    return comparisonCodeOf(this.#authenticator, this.round, members);
  }

  async #check({ ref, commitment, nonce }: Share): Promise<ShareFault | null> {
    if (commitment === null || nonce === null) return null;
    const expected = await comparisonCommitment(this.round, ref.leaf, nonce);
    return sameOctets(commitment, expected) ? null : 'wrongReveal';
  }
}

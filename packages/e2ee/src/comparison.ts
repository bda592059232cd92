import type { ComparisonMessage } from './applicationMessage.ts';
import { nonceOctets } from './comparisonCode.ts';
import { ComparisonRound, type ShareFault } from './comparisonRound.ts';
import {
  type ComparisonEnding,
  type ComparisonRoundId,
  type ComparisonState,
  comparisonAttempts,
  comparisonRound,
} from './comparisonState.ts';
import { CallCryptoError } from './errors.ts';
import type { Group } from './group.ts';
import { leafRefOf } from './leafMember.ts';
import { fromBase64url, toBase64url } from './octets.ts';
import type { LeafRef } from './outcomes.ts';
import type { RosterLeaf } from './roster.ts';

/** Members' clients answer by themselves: one that hasn't after this long doesn't want to, or isn't let. */
const collectMs = 20_000;
const roundOctets = 16;
/**
 * Rounds that others may start: so many within this time, whatever epochs pass. Whoever stands between two people
 * could otherwise start them until both codes happen to be the same, faster than anybody looks.
 */
const startBurst = 6;
const startWindowMs = 60_000;

export interface ComparisonOptions {
  /** Monotonic, in ms. */
  now: () => number;
  /** Octets that nobody can guess. */
  random: (length: number) => Uint8Array<ArrayBuffer>;
  tell: (state: ComparisonState) => void;
  /** `messages` has something to be sent. */
  due: () => void;
}

type About = Pick<ComparisonRound, 'round' | 'starter' | 'isOwn'>;
const aboutOf = ({ round, starter, isOwn }: About): About => ({ round, starter, isOwn });

/**
 * The comparison of codes within a group, one round at a time: commit, then reveal, then the users' answers. SPEC.md
 * section 6.1. Everything here comes from members whose signature MLS has verified.
 */
export class Comparison {
  readonly #options: ComparisonOptions;
  #open: ComparisonRound | null = null;
  #isComplete = false;
  /** The round that last showed a code: somebody may still say that theirs was another. */
  #shown: About | null = null;
  /** Commitments that came before their round's start. */
  #early: { by: LeafRef; round: ComparisonRoundId; commitment: Uint8Array }[] = [];
  /** Rounds of this epoch that are over: none of them begins a second time. */
  readonly #over = new Set<ComparisonRoundId>();
  /** When the latest rounds of others were taken, the oldest first. */
  #taken: number[] = [];
  #outbox: ComparisonMessage[] = [];
  /** What this leaf has said in the latest round. */
  #said: ComparisonMessage[] = [];

  constructor(options: ComparisonOptions) {
    this.#options = options;
  }

  /**
   * Starts a round, unless one is open.
   *
   * @throws CallCryptoError `wrongState` if nobody else is in the group
   */
  async begin(group: Group): Promise<void> {
    if (group.roster.length < 2) throw new CallCryptoError('wrongState');
    if (this.#open === null) await this.#start(group, 1);
  }

  /**
   * Takes what a member says.
   *
   * @param epoch in which it was said: the group's, or one before
   * @returns whether it was of any use
   */
  async take(sender: RosterLeaf, group: Group, epoch: number, message: ComparisonMessage): Promise<boolean> {
    const by = leafRefOf(sender);
    const { round } = message.body;
    if (epoch !== group.epoch) {
      if (this.#open?.round !== round) return false;
      this.#fail('otherEpoch', [by]);
      return true;
    }
    switch (message.type) {
      case 'comparisonStart':
        return this.#takeStart(sender, group, message.body);
      case 'comparisonCommitment': {
        const commitment = fromBase64url(message.body.commitment);
        if (this.#open?.round === round) await this.#advance(by, this.#open.commit(by.leaf, commitment));
        else this.#keepEarly({ by, round, commitment });
        return true;
      }
      case 'comparisonReveal': {
        if (this.#open?.round !== round) return false;
        await this.#advance(by, this.#open.reveal(by.leaf, fromBase64url(message.body.nonce)));
        return true;
      }
      case 'comparisonEnd':
        return this.#takeEnd(by, message.body);
    }
  }

  /**
   * What is to be sent now, in this order, in the epoch that the group is in.
   *
   * @param again also what was said in this round before: it may have been lost on the way
   */
  messages(again: boolean): ComparisonMessage[] {
    const messages = again ? [...this.#said, ...this.#outbox] : this.#outbox;
    this.#said.push(...this.#outbox);
    this.#outbox = [];
    return messages;
  }

  /**
   * The user's word on the code of a round, or that they don't want to go on. Nothing happens if that round isn't
   * open any more.
   *
   * @throws CallCryptoError `wrongState` for a word on a code that isn't there yet
   */
  answer(round: ComparisonRoundId, answer: 'same' | 'different' | 'stopped', own: LeafRef): void {
    if (this.#open?.round !== round) return;
    if (answer !== 'stopped' && !this.#isComplete) throw new CallCryptoError('wrongState');
    if (answer === 'same') this.#end({ tag: 'same' });
    else this.#giveUp(answer, { tag: answer, by: [own] });
  }

  /** The group is in another epoch, or is another one: no round survives that; one's own begins anew. */
  async follow(group: Group, isSameGroup: boolean): Promise<void> {
    const before = this.#open;
    this.#forget();
    if (before === null) return;
    const isRestarted =
      isSameGroup &&
      before.attempt < comparisonAttempts &&
      group.roster.length > 1 &&
      group.roster.some(({ claims }) => claims.jkt === before.starter.leaf);
    this.#end({ tag: 'epochChanged', isRestarted });
    this.#over.clear();
    if (before.isOwn && isRestarted) await this.#start(group, before.attempt + 1);
  }

  /** This leaf is in no group any more. */
  leave(): void {
    this.#forget();
    this.#shown = null;
    if (this.#open !== null) this.#end({ tag: 'epochChanged', isRestarted: false });
  }

  /** To be called about once a second. */
  tick(): void {
    if (this.#open === null || this.#isComplete) return;
    const missing = this.#open.missing();
    // Nobody, while the last nonce is being checked.
    if (missing.length === 0 || this.#options.now() - this.#open.startedAt < collectMs) return;
    this.#fail('withheld', missing);
  }

  #forget(): void {
    this.#early = [];
    this.#outbox = [];
    this.#said = [];
    this.#over.clear();
  }

  #keepEarly(early: { by: LeafRef; round: ComparisonRoundId; commitment: Uint8Array }): void {
    const sameMember = this.#early.filter(({ by }) => by.leaf === early.by.leaf);
    // Two are enough to convict somebody of a second one.
    const kept = this.#early.filter((one) => sameMember.length < 2 || one !== sameMember[0]);
    this.#early = [...kept, early];
  }

  async #start(group: Group, attempt: number): Promise<void> {
    const own = group.roster.find(({ leafIndex }) => leafIndex === group.ownIndex);
    if (own === undefined) return;
    const round = comparisonRound.parse(toBase64url(this.#options.random(roundOctets)));
    const opened = await this.#openRound(group, round, leafRefOf(own), attempt);
    const commitment = toBase64url(opened.commitment);
    this.#say({ type: 'comparisonStart', body: { round, attempt, commitment } });
  }

  async #takeStart(
    sender: RosterLeaf,
    group: Group,
    { round, attempt, commitment }: Extract<ComparisonMessage, { type: 'comparisonStart' }>['body'],
  ): Promise<boolean> {
    const by = leafRefOf(sender);
    const open = this.#open;
    if (open?.round === round) {
      await this.#advance(by, open.commit(by.leaf, fromBase64url(commitment)));
      return true;
    }
    if (this.#over.has(round)) return false;
    // Two have started at once: all stay with the one whose leaf is the lower.
    const startedBy = group.roster.find(({ claims }) => claims.jkt === open?.starter.leaf);
    if (startedBy !== undefined && !this.#isComplete && startedBy.leafIndex < sender.leafIndex) return false;
    if (!this.#mayTakeStart()) return false;
    const opened = await this.#openRound(group, round, by, attempt);
    this.#say({ type: 'comparisonCommitment', body: { round, commitment: toBase64url(opened.commitment) } });
    const early = this.#early.filter((one) => one.round === round);
    this.#early = [];
    await this.#advance(by, opened.commit(by.leaf, fromBase64url(commitment)));
    for (const one of early) {
      if (this.#open === opened) await this.#advance(one.by, opened.commit(one.by.leaf, one.commitment));
    }
    return true;
  }

  #mayTakeStart(): boolean {
    const now = this.#options.now();
    this.#taken = this.#taken.filter((at) => now - at < startWindowMs);
    if (this.#taken.length >= startBurst) return false;
    this.#taken.push(now);
    return true;
  }

  #takeEnd(by: LeafRef, { round, reason }: Extract<ComparisonMessage, { type: 'comparisonEnd' }>['body']): boolean {
    if (this.#open?.round === round) {
      this.#end({ tag: reason, by: [by] });
      return true;
    }
    // One has compared already, and only now the other says what they saw.
    if (reason !== 'different' || this.#shown?.round !== round) return false;
    this.#options.tell({ tag: 'ended', ...this.#shown, ending: { tag: reason, by: [by] } });
    return true;
  }

  async #openRound(
    group: Group,
    round: ComparisonRoundId,
    starter: LeafRef,
    attempt: number,
  ): Promise<ComparisonRound> {
    const opened = await ComparisonRound.open({
      round,
      starter,
      attempt,
      group,
      nonce: this.#options.random(nonceOctets),
      startedAt: this.#options.now(),
    });
    if (this.#open !== null) this.#over.add(this.#open.round);
    this.#open = opened;
    this.#isComplete = false;
    this.#outbox = [];
    this.#said = [];
    this.#options.tell({ tag: 'collecting', ...aboutOf(opened) });
    return opened;
  }

  /** @param checking what has just been taken in of somebody */
  async #advance(by: LeafRef, checking: Promise<ShareFault | null>): Promise<void> {
    const round = this.#open;
    const fault = await checking;
    if (round === null || this.#open !== round) return;
    if (fault !== null) {
      this.#fail(fault, [by]);
      return;
    }
    if (this.#isComplete || !round.isBound()) return;
    const spoken = [...this.#said, ...this.#outbox];
    if (!spoken.some(({ type }) => type === 'comparisonReveal')) {
      this.#say({ type: 'comparisonReveal', body: { round: round.round, nonce: toBase64url(round.nonce) } });
    }
    const code = await round.code();
    if (code === null || this.#open !== round) return;
    this.#isComplete = true;
    this.#shown = aboutOf(round);
    this.#options.tell({ tag: 'complete', ...aboutOf(round), leaves: round.leaves(), code });
  }

  #fail(tag: Exclude<ComparisonEnding['tag'], 'same' | 'epochChanged'>, by: LeafRef[]): void {
    this.#giveUp('stopped', { tag, by });
  }

  /** The others needn't wait for this leaf. */
  #giveUp(reason: 'different' | 'stopped', ending: ComparisonEnding): void {
    const round = this.#open?.round;
    this.#end(ending);
    this.#outbox = [];
    this.#said = [];
    if (round !== undefined) this.#say({ type: 'comparisonEnd', body: { round, reason } });
  }

  #end(ending: ComparisonEnding): void {
    const ended = this.#open;
    if (ended === null) return;
    this.#over.add(ended.round);
    this.#open = null;
    this.#isComplete = false;
    // Never revealed, it stays unknown; revealed, it's of no use to anybody.
    ended.nonce.fill(0);
    this.#options.tell({ tag: 'ended', ...aboutOf(ended), ending });
  }

  #say(message: ComparisonMessage): void {
    this.#outbox.push(message);
    this.#options.due();
  }
}

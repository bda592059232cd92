import type { GroupId, ParticipantId } from '@sotto/protocol/ids';
import { groupId as groupIdSchema, roles } from '@sotto/protocol/ids';
import {
  type ClientState,
  createApplicationMessage,
  createCommit,
  createGroup,
  emptyPskIndex,
  type IncomingMessageCallback,
  joinGroup,
  type PrivateMessage,
  type Proposal,
  type PskIndex,
  processPrivateMessage,
  type Welcome,
} from 'ts-mls';
import { ValidationError } from 'ts-mls/mlsError.js';
import { type GateVerdict, judgeProposals, judgeTree, type RosterChange } from './commitGate.ts';
import {
  destroyEpoch,
  destroyState,
  encodeCommit,
  encodePrivateMessage,
  encodeWelcome,
  exportSecret,
  type Mls,
  type OwnKeyPackage,
  senderOf,
  suiteName,
} from './mls.ts';
import { fromBase64url, toBase64url } from './octets.ts';
import type { Refusal } from './outcomes.ts';
import { hasDuplicates, type RosterLeaf, rosterOf } from './roster.ts';

/** A state that nothing depends on yet: adopted whole, or dropped. */
export interface Candidate {
  group: Group;
  change: RosterChange;
  /** Secrets of the state before, used up once this one is adopted and not sooner: a dropped one shares them. */
  consumed: Uint8Array[];
}

export type Proposed =
  | { tag: 'proposed'; candidate: Candidate; commit: Uint8Array<ArrayBuffer>; welcome: Uint8Array<ArrayBuffer> | null }
  | { tag: 'refused'; reason: Refusal };

export type Processed =
  | { tag: 'candidate'; candidate: Candidate }
  | { tag: 'removedSelf' }
  /** `by` has signed it, and is to blame; null where that isn't certain. */
  | { tag: 'rejected'; reason: Refusal; by: RosterLeaf | null }
  /** It isn't for this state, or this state isn't the group's. */
  | { tag: 'forked' };

export type Joined = { tag: 'joined'; group: Group } | { tag: 'rejected'; reason: Refusal };

/** One epoch of an MLS group as one leaf holds it, its roster verified. A step forward is a new object. */
export class Group {
  readonly roster: readonly RosterLeaf[];
  readonly #mls: Mls;
  #state: ClientState;

  private constructor(mls: Mls, state: ClientState, roster: readonly RosterLeaf[]) {
    this.#mls = mls;
    this.#state = state;
    this.roster = roster;
  }

  /** A group of this leaf alone. Its credential has been found valid. */
  static async create(mls: Mls, groupId: GroupId, own: OwnKeyPackage): Promise<Group> {
    const state = await createGroup(
      fromBase64url(groupId),
      own.publicPackage,
      own.privatePackage,
      [],
      mls.cs,
      mls.config,
    );
    return new Group(mls, state, rosterOf(state.ratchetTree, claimsOf(mls)) ?? []);
  }

  /** @param groupId the only group that is joined, whatever the Welcome says */
  static async join(mls: Mls, groupId: GroupId, welcome: Welcome, own: OwnKeyPackage): Promise<Joined> {
    mls.authenticator.takeRefusal();
    const { cs, config } = mls;
    const state = await joinGroup(
      welcome,
      own.publicPackage,
      own.privatePackage,
      emptyPskIndex,
      cs,
      undefined,
      undefined,
      config,
    ).catch(() => null);
    if (state === null) {
      return { tag: 'rejected', reason: mls.authenticator.takeRefusal() ? 'credential' : 'malformed' };
    }
    const { groupContext } = state;
    const isOurs = toBase64url(groupContext.groupId) === groupId && groupContext.cipherSuite === suiteName;
    // An extension could name outsiders who may propose.
    if (!isOurs || groupContext.extensions.length > 0) return { tag: 'rejected', reason: 'otherGroup' };
    const roster = rosterOf(state.ratchetTree, claimsOf(mls));
    if (roster === null) return { tag: 'rejected', reason: 'credential' };
    if (hasDuplicates(roster.map(({ claims }) => claims))) return { tag: 'rejected', reason: 'duplicateSubject' };
    const physicians = roster.filter(({ claims }) => claims.role === roles.physician);
    return physicians.length === 0
      ? { tag: 'rejected', reason: 'noPhysician' }
      : { tag: 'joined', group: new Group(mls, state, roster) };
  }

  get id(): GroupId {
    return groupIdSchema.parse(toBase64url(this.#state.groupContext.groupId));
  }

  get epoch(): number {
    return Number(this.#state.groupContext.epoch);
  }

  get ownIndex(): number {
    return this.#state.privatePath.leafIndex;
  }

  /** Public, and different for each epoch of each group (RFC 9420 section 8.7). */
  get epochAuthenticator(): Uint8Array {
    return this.#state.keySchedule.epochAuthenticator;
  }

  exportSecret(label: string, length: number): Promise<Uint8Array<ArrayBuffer>> {
    return exportSecret(this.#mls, this.#state, label, length);
  }

  /** A commit of one's own, held to the rules that the others hold it to. */
  async propose(proposals: Proposal[]): Promise<Proposed> {
    const withSender = proposals.map((proposal) => ({ proposal, senderLeafIndex: this.ownIndex }));
    const { authenticator } = this.#mls;
    const verdict = judgeProposals(
      this.roster,
      this.ownIndex,
      withSender,
      claimsOf(this.#mls),
      authenticator.unixNow(),
    );
    if (verdict.tag === 'refused') return verdict;
    const { cs } = this.#mls;
    const made = await createCommit(
      { state: this.#state, cipherSuite: cs },
      { extraProposals: proposals, ratchetTreeExtension: true },
    ).catch(() => null);
    if (made === null) return { tag: 'refused', reason: 'malformed' };
    const candidate = this.#judge(made.newState, verdict.change, made.consumed);
    if (candidate.tag === 'rejected') return { tag: 'refused', reason: candidate.reason };
    return {
      tag: 'proposed',
      candidate: candidate.candidate,
      commit: encodeCommit(made.commit),
      welcome: made.welcome === undefined ? null : encodeWelcome(made.welcome),
    };
  }

  /**
   * Takes a commit up to a candidate.
   *
   * @param from whose it must be
   */
  async process(message: PrivateMessage, from: ParticipantId): Promise<Processed> {
    const seen: { verdict: GateVerdict | null; wantsPsk: boolean } = { verdict: null, wantsPsk: false };
    const now = this.#mls.authenticator.unixNow();
    const gate: IncomingMessageCallback = (incoming) => {
      if (incoming.kind !== 'commit') return 'reject';
      seen.verdict = this.#isBy(incoming.senderLeafIndex, from)
        ? judgeProposals(this.roster, incoming.senderLeafIndex, incoming.proposals, claimsOf(this.#mls), now)
        : { tag: 'refused', reason: 'sender' };
      // One's own removal can't be processed any further when the leaf has been given to somebody new.
      return seen.verdict.tag === 'passed' && !this.#removesSelf(seen.verdict.change) ? 'accept' : 'reject';
    };
    // ts-mls asks for these before it asks the gate. There are none.
    const psks: PskIndex = {
      findPsk() {
        seen.wantsPsk = true;
        return undefined;
      },
    };
    this.#mls.authenticator.takeRefusal();
    const { cs } = this.#mls;
    const result = await processPrivateMessage(this.#state, message, psks, cs, gate).catch(
      (error: unknown) => ({ kind: 'error', error }) as const,
    );
    const { verdict } = seen;
    // Whoever signed it did nothing wrong: under another's name it was signaling that handed it over.
    if (verdict?.tag === 'refused' && verdict.reason === 'sender') return { ...verdict, tag: 'rejected', by: null };
    if (verdict?.tag === 'refused') return this.#reject(verdict.reason, message);
    if (verdict?.tag === 'passed' && this.#removesSelf(verdict.change)) return { tag: 'removedSelf' };
    if (result.kind === 'error') {
      // Its signature has been verified by the time that either is known.
      if (seen.wantsPsk) return this.#reject('proposal', message);
      if (this.#mls.authenticator.takeRefusal()) return this.#reject('credential', message);
      return result.error instanceof ValidationError
        ? { tag: 'rejected', reason: 'malformed', by: null }
        : { tag: 'forked' };
    }
    if (result.kind !== 'newState' || verdict === null) return { tag: 'rejected', reason: 'proposal', by: null };
    const judged = this.#judge(result.newState, verdict.change, result.consumed);
    return judged.tag === 'rejected' ? this.#reject(judged.reason, message) : judged;
  }

  /** Lets a candidate take this one's place. This one is useless afterwards. */
  succeed({ group, consumed }: Candidate): Group {
    const late = new Map(group.#state.historicalReceiverData);
    for (const [epoch, data] of late) {
      // What arrived since the candidate was made has moved these ratchets on.
      if (epoch === this.#state.groupContext.epoch) late.set(epoch, { ...data, secretTree: this.#state.secretTree });
      else late.set(epoch, this.#state.historicalReceiverData.get(epoch) ?? data);
    }
    group.#state = { ...group.#state, historicalReceiverData: late };
    destroyEpoch(this.#state, consumed);
    return group;
  }

  /** @returns an application message (RFC 9420 section 15) */
  async protect(octets: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const made = await createApplicationMessage(this.#state, octets, this.#mls.cs);
    this.#advance(made.newState, made.consumed);
    return encodePrivateMessage(made.privateMessage);
  }

  /**
   * Opens an application message of this epoch, or of one shortly before.
   *
   * @returns null unless it's authentic and by somebody who is still a member
   */
  async open(message: PrivateMessage): Promise<{ sender: RosterLeaf; octets: Uint8Array } | null> {
    const leafIndex = await senderOf(this.#mls, this.#state, message);
    const tree = this.#treeOf(message.epoch);
    const sent = leafIndex === null || tree === null ? undefined : tree[leafIndex * 2];
    if (sent?.nodeType !== 'leaf') return null;
    const claims = claimsOf(this.#mls)(sent.leaf.credential, sent.leaf.signaturePublicKey);
    const sender = this.roster.find((leaf) => leaf.claims.jkt === claims?.jkt);
    if (sender === undefined || sender.leafIndex === this.ownIndex) return null;
    const { cs } = this.#mls;
    const result = await processPrivateMessage(this.#state, message, emptyPskIndex, cs, () => 'reject').catch(
      () => null,
    );
    if (result?.kind !== 'applicationMessage') return null;
    this.#advance(result.newState, result.consumed);
    return { sender, octets: result.message };
  }

  destroy(): void {
    destroyState(this.#state);
  }

  #judge(
    state: ClientState,
    change: RosterChange,
    consumed: Uint8Array[],
  ): { tag: 'candidate'; candidate: Candidate } | { tag: 'rejected'; reason: Refusal } {
    const roster = rosterOf(state.ratchetTree, claimsOf(this.#mls));
    const reason = judgeTree(this.roster, roster, change);
    const isNext =
      state.groupContext.epoch === this.#state.groupContext.epoch + 1n &&
      state.groupContext.extensions.length === 0 &&
      state.groupActiveState.kind === 'active';
    if (reason !== null || roster === null) return { tag: 'rejected', reason: reason ?? 'credential' };
    if (!isNext) return { tag: 'rejected', reason: 'proposal' };
    return { tag: 'candidate', candidate: { group: new Group(this.#mls, state, roster), change, consumed } };
  }

  async #reject(reason: Refusal, message: PrivateMessage): Promise<Processed> {
    const leafIndex = await senderOf(this.#mls, this.#state, message);
    return { tag: 'rejected', reason, by: this.roster.find((leaf) => leaf.leafIndex === leafIndex) ?? null };
  }

  #advance(state: ClientState, consumed: readonly Uint8Array[]): void {
    this.#state = state;
    for (const secret of consumed) secret.fill(0);
  }

  #isBy(leafIndex: number | undefined, participantId: ParticipantId): boolean {
    return this.roster.some((leaf) => leaf.leafIndex === leafIndex && leaf.claims.sub === participantId);
  }

  #removesSelf(change: RosterChange): boolean {
    return change.removed.some(({ leafIndex }) => leafIndex === this.ownIndex);
  }

  #treeOf(epoch: bigint): ClientState['ratchetTree'] | null {
    if (epoch === this.#state.groupContext.epoch) return this.#state.ratchetTree;
    return this.#state.historicalReceiverData.get(epoch)?.ratchetTree ?? null;
  }
}

function claimsOf({ authenticator }: Mls): typeof authenticator.claims {
  return authenticator.claims.bind(authenticator);
}

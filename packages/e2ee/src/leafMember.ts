import { type ClinicId, type GroupId, type ParticipantId, roles, type VisitId } from '@sotto/protocol/ids';
import type { OrderedCommit } from '@sotto/protocol/signaling';
import type { Proposal } from 'ts-mls';
import { CallCryptoError } from './errors.ts';
import { type Candidate, Group } from './group.ts';
import { deriveGroupId } from './groupId.ts';
import {
  decodeKeyPackage,
  decodePrivateMessage,
  decodeWelcome,
  destroyKeyPackage,
  encodeKeyPackage,
  type Mls,
  makeKeyPackage,
  type OwnKeyPackage,
  packageFor,
  type SignatureKeys,
} from './mls.ts';
import { sameOctets, sha256, toBase64url } from './octets.ts';
import type { CommitProposal, Joiner, LeafRef, Refusal } from './outcomes.ts';
import type { LeafClaims, RosterLeaf } from './roster.ts';

/** A key package that nobody used is destroyed when this many newer ones exist. */
const keptKeyPackages = 4;
/**
 * ts-mls seals every commit of an epoch with the same generation of the handshake ratchet: a refused one and the next
 * differ in their nonce by the 32-bit reuse guard alone (RFC 9420 section 6.3.1). So many collide in 1 of 2,000,000 epochs.
 */
const commitsPerEpoch = 64;
/** Adopted commits that a repeated delivery is told from a fork by. */
const rememberedCommits = 64;

/** What an adopted step did to the group. */
export interface Step {
  group: Group;
  added: RosterLeaf[];
  removed: RosterLeaf[];
  /** Nobody else was in the epoch before. */
  wasAlone: boolean;
}

export type StepOutcome =
  | { tag: 'adopted'; step: Step }
  | { tag: 'rejected'; reason: Refusal; by: RosterLeaf | null }
  | { tag: 'removedSelf' }
  | { tag: 'stale' }
  | { tag: 'forked' };

export interface LeafIdentity {
  /** Octets of the MLS credential's identity. */
  identity: Uint8Array;
  claims: LeafClaims;
}

interface Pending {
  candidate: Candidate;
  hash: Uint8Array;
}

/** One leaf's way through the visit's groups: which state holds, which is pending, and what came before. */
export class LeafMember {
  readonly #mls: Mls;
  readonly #visit: { clinicId: ClinicId; visitId: VisitId };
  readonly #self: LeafIdentity;
  readonly #keys: SignatureKeys;
  readonly #hashes = new Map<number, Uint8Array>();
  #packages: OwnKeyPackage[] = [];
  #group: Group | null = null;
  #pending: Pending | null = null;
  /** Commits made in this epoch. */
  #proposed = 0;
  #incarnation = 0;
  #left: GroupId | null = null;

  /** @param self a credential that was found valid for `keys` */
  constructor(mls: Mls, visit: { clinicId: ClinicId; visitId: VisitId }, self: LeafIdentity, keys: SignatureKeys) {
    this.#mls = mls;
    this.#visit = visit;
    this.#self = self;
    this.#keys = keys;
  }

  get group(): Group | null {
    return this.#group;
  }

  get claims(): LeafClaims {
    return this.#self.claims;
  }

  /** Whether a message is of the group that this leaf is in, or of one that it may be about to join. */
  mayConcern(groupOctets: Uint8Array): boolean {
    const groupId = toBase64url(groupOctets);
    return this.#group === null ? groupId !== this.#left : groupId === this.#group.id;
  }

  async keyPackage(): Promise<Uint8Array<ArrayBuffer>> {
    const own = await this.#makePackage();
    this.#packages.push(own);
    while (this.#packages.length > keptKeyPackages) {
      const oldest = this.#packages.shift();
      if (oldest !== undefined) destroyKeyPackage(oldest);
    }
    return encodeKeyPackage(own.publicPackage);
  }

  /** @throws CallCryptoError `wrongState` for anybody but a physician, and for an incarnation that isn't newer */
  async create(incarnation: number): Promise<Group> {
    if (this.#self.claims.role !== roles.physician || incarnation <= this.#incarnation) {
      throw new CallCryptoError('wrongState');
    }
    const groupId = await this.#groupIdOf(incarnation);
    const group = await Group.create(this.#mls, groupId, await this.#makePackage());
    this.#enter(group, incarnation);
    return group;
  }

  async join(
    groupId: GroupId,
    incarnation: number,
    welcomeOctets: Uint8Array,
  ): Promise<{ tag: 'joined'; group: Group } | { tag: 'rejected'; reason: Refusal } | { tag: 'stale' }> {
    const welcome = decodeWelcome(welcomeOctets);
    if (welcome === null) return { tag: 'rejected', reason: 'malformed' };
    const own = await packageFor(this.#mls, welcome, this.#packages);
    if (own === null) return { tag: 'stale' };
    const isNewer = incarnation > this.#incarnation && groupId === (await this.#groupIdOf(incarnation));
    if (!isNewer) return { tag: 'rejected', reason: 'otherGroup' };
    const joined = await Group.join(this.#mls, groupId, welcome, own);
    if (joined.tag === 'rejected') return joined;
    // ts-mls would let a Welcome be used twice.
    own.privatePackage.initPrivateKey.fill(0);
    this.#packages = this.#packages.filter((other) => other !== own);
    this.#enter(joined.group, incarnation);
    return joined;
  }

  /**
   * Prepares a commit.
   *
   * @throws CallCryptoError `wrongState` without a group, with a commit pending, or after `commitsPerEpoch`
   */
  async propose(add: readonly Joiner[], remove: readonly LeafRef[], update: boolean): Promise<CommitProposal> {
    if (this.#group === null || this.#pending !== null || this.#proposed === commitsPerEpoch) {
      throw new CallCryptoError('wrongState');
    }
    const { roster } = this.#group;
    const proposals: Proposal[] = [];
    const going = new Set(
      roster.filter(({ claims }) =>
        remove.some(({ participantId, leaf }) => claims.sub === participantId && claims.jkt === leaf),
      ),
    );
    const joiners = add.filter(({ leaf }) => !roster.some(({ claims }) => claims.jkt === leaf));
    for (const joiner of joiners) {
      const keyPackage = decodeKeyPackage(joiner.keyPackage);
      if (keyPackage === null) return { tag: 'refused', reason: 'malformed', leaf: joiner.leaf };
      const { credential, signaturePublicKey } = keyPackage.leafNode;
      if (!(await this.#mls.authenticator.validateCredential(credential, signaturePublicKey))) {
        return { tag: 'refused', reason: 'credential', leaf: joiner.leaf };
      }
      const claims = this.#mls.authenticator.claims(credential, signaturePublicKey);
      const isNamed =
        claims?.sub === joiner.participantId &&
        claims.jkt === joiner.leaf &&
        claims.role === joiner.role &&
        // What the user let in is this session; who else has the link may be somebody else.
        claims.ses === joiner.session;
      if (!isNamed) return { tag: 'refused', reason: 'mismatch', leaf: joiner.leaf };
      for (const leaf of roster) if (leaf.claims.sub === claims.sub) going.add(leaf);
      proposals.push({ proposalType: 'add', add: { keyPackage } });
    }
    for (const leaf of going) proposals.unshift({ proposalType: 'remove', remove: { removed: leaf.leafIndex } });
    if (proposals.length === 0 && !update) return { tag: 'nothing' };

    this.#proposed += 1;
    const proposed = await this.#group.propose(proposals);
    if (proposed.tag === 'refused') return { ...proposed, leaf: null };
    const { candidate, commit, welcome } = proposed;
    this.#pending = { candidate, hash: await sha256(commit) };
    return {
      tag: 'pending',
      commit: {
        groupId: this.#group.id,
        epoch: this.#group.epoch,
        commit,
        welcomes:
          welcome === null ? [] : joiners.map(({ participantId, leaf }) => ({ to: participantId, leaf, welcome })),
        removed: [...going].map(leafRefOf),
      },
    };
  }

  /** @throws CallCryptoError `wrongState` without a pending commit */
  acceptPending(): Step {
    if (this.#group === null || this.#pending === null) throw new CallCryptoError('wrongState');
    const { candidate, hash } = this.#pending;
    return this.#adopt(this.#group, candidate, hash);
  }

  dropPending(): void {
    this.#pending = null;
  }

  async process({ groupId, epoch, from, commit }: OrderedCommit): Promise<StepOutcome> {
    const group = this.#group;
    if (group?.id !== groupId) return { tag: 'stale' };
    const hash = await sha256(commit);
    if (epoch < group.epoch) {
      const adopted = this.#hashes.get(epoch);
      return adopted === undefined || sameOctets(adopted, hash) ? { tag: 'stale' } : { tag: 'forked' };
    }
    if (epoch > group.epoch) return { tag: 'forked' };
    // ts-mls can't process its own commit, and may even seem to: it's known by its octets.
    if (this.#pending !== null && sameOctets(this.#pending.hash, hash)) {
      return { tag: 'adopted', step: this.acceptPending() };
    }
    const message = decodePrivateMessage(commit);
    if (message?.contentType !== 'commit' || message.epoch !== BigInt(epoch)) {
      return { tag: 'rejected', reason: 'malformed', by: null };
    }
    const processed = await group.process(message, from);
    switch (processed.tag) {
      case 'candidate':
        return { tag: 'adopted', step: this.#adopt(group, processed.candidate, hash) };
      case 'removedSelf':
        this.destroyGroup();
        return processed;
      case 'rejected':
      case 'forked':
        return processed;
    }
  }

  destroyGroup(): void {
    this.#left = this.#group?.id ?? this.#left;
    this.#group?.destroy();
    this.#group = null;
    this.#pending = null;
    this.#proposed = 0;
  }

  destroy(): void {
    this.destroyGroup();
    for (const own of this.#packages) destroyKeyPackage(own);
    this.#packages = [];
    this.#keys.signKey.fill(0);
  }

  #adopt(group: Group, candidate: Candidate, hash: Uint8Array): Step {
    const next = group.succeed(candidate);
    this.#mls.authenticator.remember(next.roster);
    this.#hashes.set(group.epoch, hash);
    this.#hashes.delete(group.epoch - rememberedCommits);
    this.#group = next;
    this.#pending = null;
    this.#proposed = 0;
    const added = next.roster.filter(({ claims }) =>
      candidate.change.added.some((leaf) => leaf.claims.jkt === claims.jkt),
    );
    return { group: next, added, removed: candidate.change.removed, wasAlone: group.roster.length === 1 };
  }

  #enter(group: Group, incarnation: number): void {
    this.destroyGroup();
    this.#hashes.clear();
    this.#mls.authenticator.remember(group.roster);
    this.#group = group;
    this.#incarnation = incarnation;
  }

  #makePackage(): Promise<OwnKeyPackage> {
    return makeKeyPackage(this.#mls, this.#self.identity, this.#self.claims, this.#keys);
  }

  #groupIdOf(incarnation: number): Promise<GroupId> {
    return deriveGroupId(this.#visit.clinicId, this.#visit.visitId, incarnation);
  }
}

export function leafRefOf({ claims }: Pick<RosterLeaf, 'claims'>): {
  participantId: ParticipantId;
  leaf: typeof claims.jkt;
} {
  return { participantId: claims.sub, leaf: claims.jkt };
}

import { clockToleranceSeconds, createTokenVerifier } from '@sotto/protocol/credential';
import type { GroupId, LeafThumbprint } from '@sotto/protocol/ids';
import { type ApplicationMessage, decodeApplicationMessage, encodeApplicationMessage } from './applicationMessage.ts';
import { CallCryptoError } from './errors.ts';
import type { Group } from './group.ts';
import { GroupTalk } from './groupTalk.ts';
import { Authenticator, encodeIdentity, matchesCommitment, thumbprint } from './identity.ts';
import { LeafMember, leafRefOf, type Step } from './leafMember.ts';
import { type Clocks, MediaKeys } from './mediaKeys.ts';
import { decodePrivateMessage, loadMls, type Mls, type SignatureKeys } from './mls.ts';
import { fromBase64url } from './octets.ts';
import type {
  ApplicationOutcome,
  AuthorizeOutcome,
  CommitOutcome,
  EpochChange,
  JoinOutcome,
  LeafRef,
} from './outcomes.ts';
import type { RosterLeaf } from './roster.ts';
import { TrackBook } from './trackBook.ts';
import type { CommandReply, CommandRequest, Tell } from './workerMessages.ts';

/** Application messages of an epoch that isn't adopted yet, kept until it is. */
const heldMessages = 32;
const heldEpochs = 2;

type Introduction = Extract<ApplicationMessage, { type: 'introduction' }>['body'];

/** The worker's inside without its transforms: one leaf's group, the media keys that follow, names and tracks. */
export class CallSession {
  readonly keys: MediaKeys;
  readonly tracks = new TrackBook();
  readonly leaf: LeafThumbprint;
  /** What members say to each other beyond names and tracks. */
  readonly talk: GroupTalk;
  readonly #tell: Tell;
  readonly #changed: () => void;
  readonly #visit: CommandRequest<'start'>;
  readonly #mls: Mls;
  readonly #signature: SignatureKeys;
  readonly #names = new Map<LeafThumbprint, string>();
  #own: { member: LeafMember; name: Introduction } | null = null;
  #held: CommandRequest<'processApplication'>[] = [];

  private constructor(
    visit: CommandRequest<'start'>,
    mls: Mls,
    signature: SignatureKeys,
    leaf: LeafThumbprint,
    clocks: Clocks,
    tell: Tell,
    changed: () => void,
  ) {
    this.#visit = visit;
    this.#mls = mls;
    this.#signature = signature;
    this.leaf = leaf;
    this.keys = new MediaKeys(clocks);
    this.#tell = tell;
    this.#changed = changed;
    this.talk = new GroupTalk({
      visit,
      clocks,
      tell,
      signature: mls.cs.signature,
      keys: signature,
      self: () => leafRefOf(this.#authorized().member),
      group: () => this.#inGroup(),
      isSealing: () => this.keys.sealing().tag === 'sealing',
    });
  }

  /**
   * Makes a leaf key.
   *
   * @param changed called when keys or announcements have come in
   */
  static async start(
    visit: CommandRequest<'start'>,
    clocks: Clocks,
    tell: Tell,
    changed: () => void,
  ): Promise<CallSession> {
    const authenticator = new Authenticator({
      verifier: await createTokenVerifier(visit.identityKeys, visit.clinicId),
      clinicId: visit.clinicId,
      visitId: visit.visitId,
      trust: visit.directory,
      requiresProof: visit.requiresProof,
      proven: visit.proven,
      now: () => new Date(clocks.unix()),
      onRefused(refused) {
        tell('credentialRefused', refused);
      },
    });
    const mls = await loadMls(authenticator);
    const signature = await mls.cs.signature.keygen();
    const leaf = await thumbprint(signature.publicKey);
    return new CallSession(visit, mls, signature, leaf, clocks, tell, changed);
  }

  /** Who this leaf speaks for, once the api has said so. */
  get self(): LeafRef | null {
    const claims = this.#own?.member.claims;
    return claims === undefined ? null : { participantId: claims.sub, leaf: claims.jkt };
  }

  get group(): Group | null {
    return this.#own?.member.group ?? null;
  }

  async authorize({ credential, name, proof }: CommandRequest<'authorize'>): Promise<AuthorizeOutcome> {
    if (this.#own !== null) throw new CallCryptoError('wrongState');
    const identity = encodeIdentity({ credential, proof });
    const verdict = await this.#mls.authenticator.check(identity, this.#signature.publicKey);
    if (verdict.tag === 'refused') return { tag: 'refused', reason: verdict.reason };
    const { claims } = verdict;
    // Its key packages wouldn't count here yet: said at once, it has a name.
    if (claims.iat > this.#mls.authenticator.unixNow() + clockToleranceSeconds) {
      return { tag: 'refused', reason: 'notYet' };
    }
    if (!(await matchesCommitment(claims, { name: name.name, salt: fromBase64url(name.salt) }))) {
      return { tag: 'refused', reason: 'otherName' };
    }
    const member = new LeafMember(this.#mls, this.#visit, { identity, claims }, this.#signature);
    this.#own = { member, name };
    const { sub, role, exp, clinician } = claims;
    return { tag: 'authorized', participantId: sub, role, expiresAt: exp, isProven: clinician !== null };
  }

  async createGroup({ incarnation }: CommandRequest<'createGroup'>): Promise<{ groupId: GroupId }> {
    const group = await this.#authorized().member.create(incarnation);
    await this.#enter(group);
    return { groupId: group.id };
  }

  async keyPackage(): Promise<CommandReply<'keyPackage'>> {
    return { keyPackage: await this.#authorized().member.keyPackage() };
  }

  async commit({ add, remove, update }: CommandRequest<'commit'>): Promise<CommandReply<'commit'>> {
    const proposal = await this.#authorized().member.propose(add, remove, update);
    if (proposal.tag === 'pending') {
      const rejoining = new Set(proposal.commit.welcomes.map(({ to }) => to));
      // Only who is put out is in a hurry; a rejoin's old leaf is dead already.
      const leaving = proposal.commit.removed.filter(({ participantId }) => !rejoining.has(participantId));
      this.keys.removalRequested(leaving.map(({ leaf }) => leaf));
    }
    return proposal;
  }

  async commitAccepted(): Promise<EpochChange> {
    return this.#follow(this.#authorized().member.acceptPending());
  }

  commitRejected(): void {
    this.#authorized().member.dropPending();
  }

  withdrawRemoval({ leaf }: CommandRequest<'withdrawRemoval'>): void {
    this.keys.removalWithdrawn(leaf);
  }

  async processCommit(commit: CommandRequest<'processCommit'>): Promise<CommitOutcome> {
    const outcome = await this.#authorized().member.process(commit);
    switch (outcome.tag) {
      case 'adopted':
        return { tag: 'adopted', change: await this.#follow(outcome.step) };
      case 'removedSelf':
        this.#leave();
        return outcome;
      case 'rejected': {
        const { reason, by } = outcome;
        this.#tell('commitRefused', { reason, by: by === null ? null : leafRefOf(by) });
        return { tag: 'rejected', reason };
      }
      case 'stale':
      case 'forked':
        return outcome;
    }
  }

  async joinWelcome({ groupId, incarnation, welcome }: CommandRequest<'joinWelcome'>): Promise<JoinOutcome> {
    const joined = await this.#authorized().member.join(groupId, incarnation, welcome);
    if (joined.tag === 'rejected' && joined.reason !== 'credential') {
      // Whose credential it was is told by itself. Nobody's signature over a Welcome says who handed it over.
      this.#tell('commitRefused', { reason: joined.reason, by: null });
    }
    if (joined.tag !== 'joined') return joined;
    await this.#enter(joined.group);
    return { tag: 'joined', epoch: joined.group.epoch };
  }

  async processApplication(input: CommandRequest<'processApplication'>): Promise<ApplicationOutcome> {
    const { member } = this.#authorized();
    const { group } = member;
    const message = decodePrivateMessage(input.message);
    if (message?.contentType !== 'application') return { tag: 'dropped' };
    if (!member.mayConcern(message.groupId)) return { tag: 'dropped' };
    const ahead = Number(message.epoch) - (group?.epoch ?? -1);
    if (ahead > 0) {
      if (group !== null && (ahead > heldEpochs || this.#held.length >= heldMessages)) return { tag: 'dropped' };
      if (this.#held.length >= heldMessages) this.#held.shift();
      this.#held.push(input);
      return { tag: 'held' };
    }
    const opened = (await group?.open(message)) ?? null;
    if (opened?.sender.claims.sub !== input.from) return { tag: 'dropped' };
    const accepted = await this.#take(opened.sender, Number(message.epoch), decodeApplicationMessage(opened.octets));
    return { tag: accepted ? 'accepted' : 'dropped' };
  }

  async announceTracks({ tracks }: CommandRequest<'announceTracks'>): Promise<{ message: Uint8Array<ArrayBuffer> }> {
    return this.#protect({ type: 'tracks', body: { tracks } });
  }

  async introduce(): Promise<{ message: Uint8Array<ArrayBuffer> }> {
    return this.#protect({ type: 'introduction', body: this.#authorized().name });
  }

  /** To be called about once a second. */
  tick(): void {
    this.talk.tick();
  }

  /** Overwrites what can be overwritten; nothing works afterwards. */
  destroy(): void {
    this.keys.stop('noGroup');
    this.#own?.member.destroy();
    this.#own = null;
    this.#signature.signKey.fill(0);
    this.tracks.clear();
    this.#names.clear();
    this.talk.clear();
  }

  async #protect(message: ApplicationMessage): Promise<{ message: Uint8Array<ArrayBuffer> }> {
    return { message: await this.#inGroup().protect(encodeApplicationMessage(message)) };
  }

  #inGroup(): Group {
    const { group } = this.#authorized().member;
    if (group === null) throw new CallCryptoError('wrongState');
    return group;
  }

  async #take(sender: RosterLeaf, epoch: number, message: ApplicationMessage | null): Promise<boolean> {
    const by = leafRefOf(sender);
    switch (message?.type) {
      case 'introduction': {
        const { name, salt } = message.body;
        if (!(await matchesCommitment(sender.claims, { name, salt: fromBase64url(salt) }))) return false;
        this.#names.set(by.leaf, name);
        this.#tellMembers();
        return true;
      }
      case 'tracks': {
        if (!this.tracks.announce(by, message.body.tracks)) return false;
        this.#tellTracks();
        return true;
      }
      default:
        return message !== null && this.talk.take(sender, epoch, message);
    }
  }

  async #enter(group: Group): Promise<void> {
    this.tracks.clear();
    this.#names.clear();
    this.talk.recording.follow(group, true);
    await this.keys.follow(group, { tag: 'newGroup' });
    await this.talk.follow(group, { isOther: true });
    await this.#tellAll(group);
  }

  async #follow({ group, added, removed, wasAlone }: Step): Promise<EpochChange> {
    // Whoever came in hasn't agreed to anything: nothing of theirs is recorded from here on, whatever takes its time below.
    this.talk.recording.follow(group, added.length > 0);
    const gone = new Set(removed.map(({ claims }) => claims.jkt));
    this.tracks.removeLeaves(gone);
    for (const leaf of gone) this.#names.delete(leaf);
    await this.keys.follow(group, { tag: 'nextEpoch', removed: gone, wasAlone });
    await this.talk.follow(group, { isOther: false });
    await this.#tellAll(group);
    return { epoch: group.epoch, added: added.map(leafRefOf), removed: removed.map(leafRefOf) };
  }

  #leave(): void {
    this.keys.stop('removed');
    this.tracks.clear();
    this.#names.clear();
    this.#held = [];
    this.talk.leave();
    this.#tellMembers();
    this.#tellTracks();
  }

  async #tellAll(group: Group): Promise<void> {
    this.#tell('epoch', { groupId: group.id, epoch: group.epoch });
    this.#tellMembers();
    this.#tellTracks();
    const held = this.#held;
    this.#held = [];
    for (const message of held) await this.processApplication(message);
  }

  #tellMembers(): void {
    const own = this.#own;
    const group = own?.member.group;
    const members = (group?.roster ?? []).map((leaf) => {
      const isSelf = leaf.leafIndex === group?.ownIndex;
      const name = isSelf ? own?.name.name : this.#names.get(leaf.claims.jkt);
      const { role, clinician } = leaf.claims;
      return { ...leafRefOf(leaf), role, clinician, leafIndex: leaf.leafIndex, isSelf, name: name ?? null };
    });
    this.#tell('members', { members });
    const endings = (group?.roster ?? []).map((leaf) => ({ ...leafRefOf(leaf), expiresAt: leaf.claims.exp }));
    this.#tell('endings', { members: endings });
  }

  #tellTracks(): void {
    this.#tell('tracks', { tracks: this.tracks.list() });
    this.#changed();
  }

  #authorized(): { member: LeafMember; name: Introduction } {
    if (this.#own === null) throw new CallCryptoError('wrongState');
    return this.#own;
  }
}

import { leafThumbprint, type ParticipantId, participantId, sessionId } from '@sotto/protocol/ids';
import {
  type CiphersuiteImpl,
  type ClientState,
  createApplicationMessage,
  createCommit,
  createGroup,
  createGroupInfoWithExternalPubAndRatchetTree,
  createProposal,
  decodeMlsMessage,
  defaultAuthenticationService,
  defaultCapabilities,
  defaultKeyPackageEqualityConfig,
  defaultKeyRetentionConfig,
  defaultLifetime,
  defaultLifetimeConfig,
  defaultPaddingConfig,
  type Extension,
  emptyPskIndex,
  encodeExternalSender,
  encodeMlsMessage,
  type GroupInfo,
  generateKeyPackageWithKey,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  joinGroup,
  joinGroupExternal,
  type KeyPackage,
  type Lifetime,
  type PrivateKeyPackage,
  type Proposal,
  processPrivateMessage,
  processPublicMessage,
} from 'ts-mls';
import { fromBase64url, sha256, toBase64url } from '../src/octets.ts';
import { type Client, type Clinic, type JoinRequest, joinRequest, type Person, type Visit } from './visit.ts';

const suite = 'MLS_256_XWING_AES256GCM_SHA512_Ed25519';

export interface Forgery {
  /** Claims that differ from what an honest api would sign. */
  claims?: Record<string, unknown>;
  /** Octets of the identity instead of version 1, form 1. */
  identity?: (credential: string, leaf: string) => Uint8Array | Promise<Uint8Array>;
  lifetime?: Lifetime;
  /** Who signs in the api's place. */
  signer?: Clinic;
}

interface SignatureKeys {
  publicKey: Uint8Array;
  signKey: Uint8Array;
}

interface OwnPackage {
  publicPackage: KeyPackage;
  privatePackage: PrivateKeyPackage;
}

const plainIdentity = (credential: string): Uint8Array => Uint8Array.of(1, 1, ...new TextEncoder().encode(credential));

/** Somebody with a program of their own: ts-mls with its defaults, which lets its user do anything. */
export class HostileMember {
  readonly who: Person;
  readonly leaf: string;
  readonly #cs: CiphersuiteImpl;
  readonly #visit: Visit;
  readonly #signature: SignatureKeys;
  readonly #package: OwnPackage;
  #state: ClientState | null = null;

  private constructor(
    who: Person,
    leaf: string,
    cs: CiphersuiteImpl,
    visit: Visit,
    signature: SignatureKeys,
    own: OwnPackage,
  ) {
    this.who = who;
    this.leaf = leaf;
    this.#cs = cs;
    this.#visit = visit;
    this.#signature = signature;
    this.#package = own;
  }

  static async make(visit: Visit, who: Person, forgery: Forgery = {}): Promise<HostileMember> {
    const cs = await getCiphersuiteImpl(getCiphersuiteFromName(suite));
    const signature = await cs.signature.keygen();
    const leaf = toBase64url(await sha256(signature.publicKey));
    const signer = forgery.signer ?? visit.clinic;
    const { credential } = await signer.grant(visit.id, who, leaf, { iss: visit.clinic.id, ...forgery.claims });
    const now = BigInt(Math.floor(Date.now() / 1000));
    const identity = await (forgery.identity ?? plainIdentity)(credential, leaf);
    const own = await generateKeyPackageWithKey(
      { credentialType: 'basic', identity },
      defaultCapabilities(),
      forgery.lifetime ?? { notBefore: now - 30n, notAfter: now + 3_000n },
      [],
      signature,
      cs,
    );
    return new HostileMember(who, leaf, cs, visit, signature, own);
  }

  /** @returns what takes the member back to where it is now: nothing that it does meanwhile is remembered */
  checkpoint(): () => void {
    const state = this.#state;
    return () => {
      this.#state = state;
    };
  }

  get state(): ClientState {
    if (this.#state === null) throw new Error('not in a group');
    return this.#state;
  }

  get keyPackage(): KeyPackage {
    return this.#package.publicPackage;
  }

  request(): JoinRequest {
    const keyPackage = Uint8Array.from(
      encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage: this.keyPackage }),
    );
    return {
      participantId: idOf(this),
      leaf: leafThumbprint.parse(this.leaf),
      role: this.who.role,
      session: sessionId.parse(this.who.session),
      keyPackage,
    };
  }

  async join(welcomeOctets: Uint8Array): Promise<void> {
    const message = decodeMlsMessage(welcomeOctets, 0)?.[0];
    if (message?.wireformat !== 'mls_welcome') throw new Error('no Welcome');
    const { publicPackage, privatePackage } = this.#package;
    this.#state = await joinGroup(message.welcome, publicPackage, privatePackage, emptyPskIndex, this.#cs);
  }

  /** @param withOutsider whether somebody who isn't a member may propose */
  async open(groupId: string, withOutsider = false): Promise<void> {
    const outsider = { signaturePublicKey: this.#signature.publicKey, credential: this.keyPackage.leafNode.credential };
    const extensions: Extension[] = withOutsider
      ? [{ extensionType: 'external_senders', extensionData: encodeExternalSender(outsider) }]
      : [];
    const { publicPackage, privatePackage } = this.#package;
    this.#state = await createGroup(fromBase64url(groupId), publicPackage, privatePackage, extensions, this.#cs);
  }

  /** A commit of anything; the own state goes along only if it's `kept`. */
  async commit(proposals: Proposal[], options: { kept?: boolean; public?: boolean } = {}) {
    const made = await createCommit(
      { state: this.state, cipherSuite: this.#cs, pskIndex: { findPsk: () => new Uint8Array(64) } },
      { extraProposals: proposals, ratchetTreeExtension: true, wireAsPublicMessage: options.public ?? false },
    );
    if (options.kept === true) this.#state = made.newState;
    const welcome =
      made.welcome === undefined
        ? new Uint8Array()
        : encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome: made.welcome });
    return { commit: Uint8Array.from(encodeMlsMessage(made.commit)), welcome: Uint8Array.from(welcome) };
  }

  /** Replaces the credential in its own leaf, so that the next commit's path carries it. */
  async replaceCredential(forgery: Forgery): Promise<void> {
    const { credential } = await this.#visit.clinic.grant(this.#visit.id, this.who, this.leaf, forgery.claims ?? {});
    const identity = await (forgery.identity ?? plainIdentity)(credential, this.leaf);
    const ratchetTree = this.state.ratchetTree.map((node) =>
      node?.nodeType === 'leaf' && toBase64url(node.leaf.signaturePublicKey) === toBase64url(this.#signature.publicKey)
        ? { ...node, leaf: { ...node.leaf, credential: { credentialType: 'basic' as const, identity } } }
        : node,
    );
    this.#state = { ...this.state, ratchetTree };
  }

  async proposal(proposal: Proposal): Promise<Uint8Array<ArrayBuffer>> {
    const made = await createProposal(this.state, false, proposal, this.#cs);
    this.#state = made.newState;
    return Uint8Array.from(encodeMlsMessage(made.message));
  }

  async say(octets: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const { newState, privateMessage } = await createApplicationMessage(this.state, octets, this.#cs);
    this.#state = newState;
    return Uint8Array.from(encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage }));
  }

  /** What the others say, as octets; null for what isn't an application message that opens. */
  async hear(octets: Uint8Array): Promise<Uint8Array | null> {
    const message = decodeMlsMessage(octets, 0)?.[0];
    if (message?.wireformat !== 'mls_private_message') return null;
    const result = await processPrivateMessage(this.state, message.privateMessage, emptyPskIndex, this.#cs);
    this.#state = result.newState;
    return result.kind === 'applicationMessage' ? result.message : null;
  }

  /** A Welcome for whoever made the key package. */
  async welcomeTo(octets: Uint8Array) {
    const message = decodeMlsMessage(octets, 0)?.[0];
    if (message?.wireformat !== 'mls_key_package') throw new Error('no key package');
    return this.commit([{ proposalType: 'add', add: { keyPackage: message.keyPackage } }]);
  }

  /** What a stranger needs to come in unasked, and a server could hand around. */
  groupInfo(): Promise<GroupInfo> {
    return createGroupInfoWithExternalPubAndRatchetTree(this.state, [], this.#cs);
  }

  /**
   * An external commit by this one, on a group's info.
   *
   * @param removing whose leaf it takes out: one's own is a resync, ts-mls says, and believes whatever it's told
   */
  async externalCommit(info: GroupInfo, removing?: string): Promise<Uint8Array<ArrayBuffer>> {
    const { publicPackage, privatePackage } = this.#package;
    const config = {
      keyRetentionConfig: defaultKeyRetentionConfig,
      lifetimeConfig: defaultLifetimeConfig,
      keyPackageEqualityConfig: {
        ...defaultKeyPackageEqualityConfig,
        compareKeyPackageToLeafNode: (_: KeyPackage, leaf: KeyPackage['leafNode']) =>
          removing === toBase64url(leaf.signaturePublicKey),
      },
      paddingConfig: defaultPaddingConfig,
      authService: defaultAuthenticationService,
    };
    const isResync = removing !== undefined;
    const joined = await joinGroupExternal(info, publicPackage, privatePackage, isResync, this.#cs, undefined, config);
    const { publicMessage } = joined;
    return Uint8Array.from(encodeMlsMessage({ version: 'mls10', wireformat: 'mls_public_message', publicMessage }));
  }

  /** How many leaves there are after an external commit, for a program that takes whatever ts-mls does. */
  async leavesAfter(commit: Uint8Array): Promise<number> {
    const message = decodeMlsMessage(commit, 0)?.[0];
    if (message?.wireformat !== 'mls_public_message') throw new Error('no public message');
    const { newState } = await processPublicMessage(this.state, message.publicMessage, emptyPskIndex, this.#cs);
    return newState.ratchetTree.filter((node) => node?.nodeType === 'leaf').length;
  }

  /** By its leaf's key, whatever it is. */
  async sign(octets: Uint8Array): Promise<Uint8Array> {
    return this.#cs.signature.sign(this.#signature.signKey, octets);
  }

  /** The raw key by which ts-mls tells leaves. */
  get signatureKey(): string {
    return toBase64url(this.#signature.publicKey);
  }
}

/** Adds a real client as a proposal. */
export async function addOf(client: Client): Promise<Proposal> {
  const message = decodeMlsMessage((await joinRequest(client)).keyPackage, 0)?.[0];
  if (message?.wireformat !== 'mls_key_package') throw new Error('no key package');
  return { proposalType: 'add', add: { keyPackage: message.keyPackage } };
}

export const idOf = ({ who }: { who: Person }): ParticipantId => participantId.parse(who.participantId);

export const endlessLifetime = defaultLifetime;

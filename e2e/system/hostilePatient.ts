import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { TicketGrant } from '@sotto/protocol/clinic';
import { serverEvents, visitState } from '@sotto/protocol/signaling';
import {
  type CiphersuiteImpl,
  type ClientState,
  createApplicationMessage,
  createCommit,
  decodeMlsMessage,
  defaultCapabilities,
  emptyPskIndex,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  joinGroup,
  type KeyPackage,
  type LeafNode,
  type PrivateKeyPackage,
  type Proposal,
} from 'ts-mls';
import * as z from 'zod';
import { ClinicClient } from './clinicClient.ts';
import { RawSignaling } from './rawSignaling.ts';
import type { RunningSystem } from './runningSystem.ts';

const suite = getCiphersuiteFromName('MLS_256_XWING_AES256GCM_SHA512_Ed25519');

/** A key pair of a leaf, what the api calls it, and a key package. */
interface OwnLeaf {
  readonly thumbprint: string;
  readonly publicPackage: KeyPackage;
  readonly privatePackage: PrivateKeyPackage;
}

const entered = z.object({
  ok: z.literal(true),
  value: z.discriminatedUnion('standing', [
    z.object({ standing: z.literal('waiting') }),
    z.object({ standing: z.literal('present'), state: visitState }),
  ]),
});

/** A patient's commits may come too fast one after the other. */
const committed = z.object({
  tag: z.literal('answered'),
  value: z.object({ ok: z.boolean(), retryAfterMs: z.number().optional() }),
});

const identityOf = (credential: string) => Uint8Array.of(1, 1, ...Buffer.from(credential));
const thumbprintOf = (publicKey: Uint8Array) => createHash('sha256').update(publicKey).digest('base64url');
const octets = (message: Parameters<typeof encodeMlsMessage>[0]) => Buffer.from(encodeMlsMessage(message));
const isOf =
  (thumbprint: string) =>
  (leaf: LeafNode): boolean =>
    thumbprintOf(leaf.signaturePublicKey) === thumbprint;

/** Makes a leaf's keys. @param credentialFor what the clinic signs for such a leaf, or something of one's own */
async function makeLeaf(
  cs: CiphersuiteImpl,
  credentialFor: (thumbprint: string) => Promise<string>,
  signature?: Awaited<ReturnType<CiphersuiteImpl['signature']['keygen']>>,
): Promise<OwnLeaf> {
  const keys = signature ?? (await cs.signature.keygen());
  const thumbprint = thumbprintOf(keys.publicKey);
  const credential = { credentialType: 'basic', identity: identityOf(await credentialFor(thumbprint)) } as const;
  const now = BigInt(Math.floor(Date.now() / 1000));
  const lifetime = { notBefore: now - 30n, notAfter: now + 3_000n };
  const made = await generateKeyPackageWithKey(credential, defaultCapabilities(), lifetime, [], keys, cs);
  return { thumbprint, ...made };
}

/**
 * The patient of a visit, let in as anybody, with a program of their own: ts-mls with its defaults, which lets its user do
 * anything. Whoever asks to be let in again is let in, so that a visit goes on after what was refused.
 */
export class HostilePatient {
  readonly #cs: CiphersuiteImpl;
  readonly #leaf: OwnLeaf;
  readonly #signaling: RawSignaling;
  readonly participantId: string;
  readonly #name: TicketGrant['name'];
  #state: ClientState | null = null;
  #groupId = '';
  #admitted = 0;
  /** What changes the state goes one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(
    cs: CiphersuiteImpl,
    leaf: OwnLeaf,
    signaling: RawSignaling,
    { participantId, name }: TicketGrant,
  ) {
    this.#cs = cs;
    this.#leaf = leaf;
    this.#signaling = signaling;
    this.participantId = participantId;
    this.#name = name;
  }

  /** Opens the link and waits at the door. */
  static async arrive(system: RunningSystem, link: string): Promise<HostilePatient> {
    const cs = await getCiphersuiteImpl(suite);
    const clinic = new ClinicClient(system);
    await clinic.join(link);
    let grant: TicketGrant | undefined;
    const leaf = await makeLeaf(cs, async (thumbprint) => {
      grant = await clinic.grant(thumbprint);
      return grant.credential;
    });
    if (grant === undefined) throw new Error('nothing was granted');
    const signaling = await RawSignaling.connect(system, { v: 1, ticket: grant.ticket });
    const patient = new HostilePatient(cs, leaf, signaling, grant);
    const { socket } = signaling;
    socket.on('visit:admitted', () => void patient.#enter());
    socket.on('mls:welcome', (message: unknown) => void patient.#inTurn(() => patient.#join(message)));
    socket.on('mls:join', (message: unknown) => void patient.#inTurn(() => patient.#letIn(message)));
    await patient.#enter();
    return patient;
  }

  /** Whether the others have it in their group. */
  get isMember(): boolean {
    return this.#state !== null;
  }

  /** How many it has let in, by a commit that signaling took. */
  get admitted(): number {
    return this.#admitted;
  }

  get groupId(): string {
    return this.#groupId;
  }

  get epoch(): number {
    return Number(this.#member.groupContext.epoch);
  }

  /** A commit of anything, which nobody has got yet; its own state stays. */
  async commit(proposals: readonly Proposal[]): Promise<Buffer> {
    const made = await createCommit(
      { state: this.#member, cipherSuite: this.#cs, pskIndex: { findPsk: () => new Uint8Array(64) } },
      { extraProposals: [...proposals], ratchetTreeExtension: true },
    );
    return octets(made.commit);
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(run);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  get #member(): ClientState {
    if (this.#state === null) throw new Error('not in a group');
    return this.#state;
  }

  #leaves(): (LeafNode | null)[] {
    const nodes = this.#member.ratchetTree.filter((_, index) => index % 2 === 0);
    return nodes.map((node) => (node?.nodeType === 'leaf' ? node.leaf : null));
  }

  async #enter(): Promise<void> {
    const keyPackage = octets({
      version: 'mls10',
      wireformat: 'mls_key_package',
      keyPackage: this.#leaf.publicPackage,
    });
    const answer = await this.#signaling.send('visit:enter', { keyPackage });
    entered.parse(answer.tag === 'answered' ? answer.value : undefined);
  }

  /** The number of somebody else's leaf. */
  get #otherLeaf(): number {
    return this.#leaves().findIndex((leaf) => leaf !== null && !isOf(this.#leaf.thumbprint)(leaf));
  }

  async #join(input: unknown): Promise<void> {
    const { groupId, welcome } = serverEvents['mls:welcome'].parse(input);
    const message = decodeMlsMessage(welcome, 0)?.[0];
    if (message?.wireformat !== 'mls_welcome') throw new Error('no Welcome');
    const { publicPackage, privatePackage } = this.#leaf;
    this.#state = await joinGroup(message.welcome, publicPackage, privatePackage, emptyPskIndex, this.#cs);
    this.#groupId = groupId;
    await this.#introduce();
  }

  /** Says its name, as every member does when somebody has come. */
  async #introduce(): Promise<void> {
    const said = Uint8Array.of(1, 1, ...Buffer.from(JSON.stringify(this.#name)));
    const { newState, privateMessage } = await createApplicationMessage(this.#member, said, this.#cs);
    this.#state = newState;
    const message = octets({ version: 'mls10', wireformat: 'mls_private_message', privateMessage });
    await this.#signaling.send('mls:application', { groupId: this.#groupId, message });
  }

  /** Somebody is back with a new leaf: the old one goes. */
  async #letIn(input: unknown): Promise<void> {
    const { participantId, leaf, keyPackage } = serverEvents['mls:join'].parse(input);
    const message = decodeMlsMessage(keyPackage, 0)?.[0];
    if (message?.wireformat !== 'mls_key_package') throw new Error('no key package');
    const removed = this.#otherLeaf;
    const old = this.#leaves()[removed];
    if (old === null || old === undefined) throw new Error('nobody to be replaced');
    const taken = await this.#send(
      [
        { proposalType: 'remove', remove: { removed } },
        { proposalType: 'add', add: { keyPackage: message.keyPackage } },
      ],
      [{ to: participantId, leaf }],
      [{ participantId, leaf: thumbprintOf(old.signaturePublicKey) }],
    );
    if (!taken) return;
    this.#admitted += 1;
    await this.#introduce();
  }

  async #send(
    proposals: Proposal[],
    to: readonly { readonly to: string; readonly leaf: string }[],
    removed: readonly { readonly participantId: string; readonly leaf: string }[],
  ): Promise<boolean> {
    const { epoch } = this;
    const made = await createCommit(
      { state: this.#member, cipherSuite: this.#cs },
      { extraProposals: proposals, ratchetTreeExtension: true },
    );
    const welcome = made.welcome && octets({ version: 'mls10', wireformat: 'mls_welcome', welcome: made.welcome });
    const request = {
      ...{ groupId: this.#groupId, epoch, commit: octets(made.commit), removed },
      welcomes: to.map((one) => ({ ...one, welcome })),
    };
    let answer = committed.parse(await this.#signaling.send('mls:commit', request)).value;
    while (answer.retryAfterMs !== undefined) {
      await setTimeout(answer.retryAfterMs);
      answer = committed.parse(await this.#signaling.send('mls:commit', request)).value;
    }
    const taken = answer.ok;
    if (taken) this.#state = made.newState;
    return taken;
  }
}

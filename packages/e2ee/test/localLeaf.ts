import { participantId, sessionId } from '@sotto/protocol/ids';
import { CommandLoop } from '../src/commandLoop.ts';
import { CallCryptoError } from '../src/errors.ts';
import type { CommitProposal, DirectoryTrust, EpochChange, PendingCommit } from '../src/outcomes.ts';
import type { CommandInput, CommandName, CommandReply, EventMessages, EventName } from '../src/workerMessages.ts';
import { workerEnvelope } from '../src/workerMessages.ts';
import type { SoftClinician } from './softDirectory.ts';
import type { Clinic, Person, Visit } from './visit.ts';

/** Clocks of all leaves of a visit, in ms; they go when they're told to. */
export class FakeTime {
  readonly #start = Date.now();
  now = 0;
  readonly clocks = { monotonic: () => this.now, unix: () => this.#start + this.now };
  readonly #leaves: LocalLeaf[] = [];

  /** Seconds of Unix time. */
  get unix(): number {
    return Math.floor(this.clocks.unix() / 1000);
  }

  has(leaf: LocalLeaf): void {
    this.#leaves.push(leaf);
  }

  /** @param awake whose workers run meanwhile; all by default */
  pass(seconds: number, awake: readonly LocalLeaf[] = this.#leaves): void {
    this.now += seconds * 1_000;
    for (const leaf of awake) leaf.tick();
  }
}

/** The directory that a leaf's browser knows, and whose passkey signs for the leaf. */
interface Standing {
  readonly directory: DirectoryTrust | null;
  readonly by: SoftClinician | null;
}

type Latest = { [N in EventName]?: EventMessages[N] };

/** What runs in a leaf's worker, run here, on a clock that the test sets. */
export class LocalLeaf {
  readonly who: Person;
  readonly latest: Latest = {};
  readonly #loop: CommandLoop;
  readonly #answers = new Map<number, (envelope: { ok: boolean; value?: unknown; code?: string }) => void>();
  #leaf: CommandReply<'start'>['leaf'] | null = null;
  #next = 0;

  private constructor(who: Person, time: FakeTime) {
    this.who = who;
    this.#loop = new CommandLoop(time.clocks, (message) => {
      const envelope = workerEnvelope.parse(structuredClone(message));
      if ('event' in envelope) Object.assign(this.latest, { [envelope.event]: envelope.message });
      else this.#answers.get(envelope.id)?.(envelope);
    });
    time.has(this);
  }

  static async enter(
    { clinic, id }: { clinic: Clinic; id: Visit['id'] },
    who: Person,
    time: FakeTime,
    changes: Record<string, unknown> = {},
    standing: Standing = { directory: null, by: null },
  ): Promise<LocalLeaf> {
    const leaf = new LocalLeaf(who, time);
    const started = await leaf.call('start', {
      clinicId: clinic.id,
      visitId: id,
      identityKeys: [clinic.identityKey],
      directory: standing.directory,
      requiresProof: false,
      proven: [],
    });
    leaf.#leaf = started.leaf;
    // ts-mls knows the system's clock alone: by that nothing is of the future.
    const times = { iat: time.unix - Math.ceil(time.now / 1000), exp: time.unix + 12 * 3_600 };
    const grant = await clinic.grant(id, who, started.leaf, { ...times, ...changes });
    const proof = (await standing.by?.prove(id, started.leaf)) ?? null;
    const outcome = await leaf.call('authorize', { ...grant, proof });
    if (outcome.tag !== 'authorized') throw new Error(outcome.reason);
    return leaf;
  }

  get ref() {
    if (this.#leaf === null) throw new Error('not started');
    return { participantId: participantId.parse(this.who.participantId), leaf: this.#leaf };
  }

  get sealing(): string {
    const { sealing } = this.latest;
    return sealing?.tag === 'stopped' ? sealing.reason : (sealing?.tag ?? 'none');
  }

  get epoch(): number {
    return this.latest.epoch?.epoch ?? -1;
  }

  get members(): string[] {
    return this.latest.members?.members.map(({ leaf }) => leaf) ?? [];
  }

  tick(): void {
    this.#loop.tick();
  }

  call<N extends CommandName>(command: N, request: CommandInput<N>): Promise<CommandReply<N>> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, ({ ok, value, code }) => {
        if (ok) resolve(value as CommandReply<N>);
        else reject(new CallCryptoError(code as 'wrongState'));
      });
      this.#loop.receive({ id, command, request });
    });
  }

  async joiner() {
    const { role, session } = this.who;
    return { ...this.ref, role, session: sessionId.parse(session), ...(await this.call('keyPackage', {})) };
  }

  /** Prepares a commit. */
  propose(add: readonly LocalLeaf[], remove: readonly LocalLeaf[] = []): Promise<CommitProposal> {
    return Promise.all(add.map((one) => one.joiner())).then((joiners) =>
      this.call('commit', {
        add: joiners,
        remove: remove.map(({ ref }) => ref),
        update: add.length + remove.length === 0,
      }),
    );
  }

  /** Commits, and signaling takes it. */
  async commit(
    add: readonly LocalLeaf[],
    remove: readonly LocalLeaf[] = [],
  ): Promise<PendingCommit & { change: EpochChange }> {
    const proposal = await this.propose(add, remove);
    if (proposal.tag !== 'pending') throw new Error(JSON.stringify(proposal));
    return { ...proposal.commit, change: await this.call('commitAccepted', {}) };
  }

  async follow(by: LocalLeaf, { groupId, epoch, commit }: PendingCommit): Promise<string> {
    return (await this.call('processCommit', { groupId, epoch, from: by.ref.participantId, commit })).tag;
  }

  async join({ groupId, epoch, welcomes }: PendingCommit): Promise<string> {
    const welcome = welcomes.find(({ leaf }) => leaf === this.ref.leaf)?.welcome ?? new Uint8Array();
    return (await this.call('joinWelcome', { groupId, incarnation: 1, epoch: epoch + 1, welcome })).tag;
  }
}

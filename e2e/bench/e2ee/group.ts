import { CallCrypto, type Joiner, mechanisms, type PendingCommit } from '@sotto/e2ee';
import { Clinic, newPerson, type Person } from '../../sealed/clinic.ts';

/** One person with a running worker. */
export interface Leaf {
  readonly who: Person;
  readonly crypto: CallCrypto;
}

/** A visit's people and what signaling would do between them, all in one page. */
export class BenchGroup {
  readonly #clinic: Clinic;
  readonly physician: Leaf;

  private constructor(clinic: Clinic, physician: Leaf) {
    this.#clinic = clinic;
    this.physician = physician;
  }

  static async open(): Promise<BenchGroup> {
    const clinic = await Clinic.open();
    const physician = await enter(clinic, newPerson('physician', 'P'));
    await physician.crypto.createGroup(1);
    return new BenchGroup(clinic, physician);
  }

  enter(): Promise<Leaf> {
    return enter(this.#clinic, newPerson('patient', 'T'));
  }

  /** A leaf that is in the group and does nothing more: its worker has ended. */
  async addIdle(count: number): Promise<void> {
    const joiners: Joiner[] = [];
    for (let made = 0; made < count; made += 1) {
      const leaf = await this.enter();
      joiners.push(await joinerOf(leaf));
      await leaf.crypto.close();
    }
    if (joiners.length === 0) return;
    pending(await this.physician.crypto.add(joiners));
    await this.physician.crypto.commitAccepted();
  }
}

async function enter(clinic: Clinic, who: Person): Promise<Leaf> {
  const started = await CallCrypto.start({
    clinicId: clinic.id,
    visitId: clinic.visitId,
    identityKeys: [clinic.identityKey],
    directory: null,
    requiresProof: false,
    proven: [],
    mechanism: mechanisms.scriptTransform,
  });
  const outcome = await started.authorize(await clinic.grant(who, started.leaf));
  if (outcome.tag !== 'authorized') throw new Error(outcome.reason);
  return { who, crypto: started };
}

export async function joinerOf({ who, crypto: own }: Leaf): Promise<Joiner> {
  const { participantId, role, session } = who;
  return { participantId, role, session, leaf: own.leaf, keyPackage: await own.keyPackage() };
}

export function pending(proposal: Awaited<ReturnType<CallCrypto['add']>>): PendingCommit {
  if (proposal.tag !== 'pending') throw new Error(proposal.tag);
  return proposal.commit;
}

export const ordered = ({ groupId, epoch, commit }: PendingCommit, by: Leaf) => ({
  groupId,
  epoch,
  commit,
  from: by.who.participantId,
});

export const welcomeOf = ({ groupId, epoch, welcomes }: PendingCommit) => ({
  groupId,
  incarnation: 1,
  epoch: epoch + 1,
  welcome: welcomes.at(-1)?.welcome ?? new Uint8Array(),
});

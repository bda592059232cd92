import { randomBytes } from 'node:crypto';
import { type GroupId, groupId } from '@sotto/protocol/ids';
import type { TestClient } from './client.ts';
import { connect } from './client.ts';
import { newLeaf, newPerson, newVisit, type Person } from './clinic.ts';
import type { TestServer } from './server.ts';

export const newGroupId = (): GroupId => groupId.parse(randomBytes(32).toString('base64url'));
export const someBytes = (size = 200): Uint8Array<ArrayBuffer> => new Uint8Array(randomBytes(size));

/** The same person after a reload: same place in the visit, new leaf key. */
export const reloaded = (person: Person): Person => ({ ...person, leaf: newLeaf() });

/** Connects people to one server, and closes all their connections together. */
export class Cast {
  readonly #server: () => TestServer;
  readonly #clients: TestClient[] = [];

  constructor(server: () => TestServer) {
    this.#server = server;
  }

  async join(person: Person): Promise<TestClient> {
    const client = await connect(this.#server(), person);
    this.#clients.push(client);
    return client;
  }

  /** A physician in a new visit. */
  async physician(): Promise<TestClient> {
    const client = await this.join(newPerson(newVisit(), 'physician'));
    await client.enterPresent();
    return client;
  }

  /** A patient at the door of a physician's visit. */
  async patientAtDoor(physician: TestClient): Promise<TestClient> {
    const client = await this.join(newPerson(physician.person.visit, 'patient'));
    await client.enter();
    return client;
  }

  /** A patient whom the physician has let in; not in the group yet. */
  async admitted(physician: TestClient): Promise<TestClient> {
    const patient = await this.patientAtDoor(physician);
    await physician.ask('waiting:admit', { participantId: patient.person.participantId });
    await patient.hears('visit:admitted');
    await patient.enterPresent();
    return patient;
  }

  /** A physician and patients, all in one group at the epoch of their number. */
  async group(patients: number): Promise<{ group: GroupId; physician: TestClient; patients: TestClient[] }> {
    const physician = await this.physician();
    const group = newGroupId();
    await physician.ask('mls:create', { groupId: group, incarnation: 1 });
    const members: TestClient[] = [];
    for (let epoch = 0; epoch < patients; epoch += 1) {
      const patient = await this.admitted(physician);
      await add(physician, patient, group, epoch);
      // Sending proves that the welcome arrived.
      await patient.ask('mls:application', { groupId: group, message: someBytes() });
      members.push(patient);
    }
    return { group, physician, patients: members };
  }

  leave(): void {
    for (const client of this.#clients.splice(0)) client.close();
  }
}

/** A member adds a person who asked for it, removing an old leaf of theirs if there is one. */
export async function add(
  member: TestClient,
  person: TestClient,
  group: GroupId,
  epoch: number,
  oldLeaf?: Person,
): Promise<void> {
  const { participantId: to, leaf } = person.person;
  await member.hears('mls:join', (join) => join.leaf === leaf);
  const result = await member.ask('mls:commit', {
    groupId: group,
    epoch,
    commit: someBytes(),
    welcomes: [{ to, leaf, welcome: someBytes() }],
    removed: oldLeaf ? [{ participantId: oldLeaf.participantId, leaf: oldLeaf.leaf }] : [],
  });
  if (!result.ok) throw new Error(`commit refused: ${result.code}`);
  await person.hears('mls:welcome');
}

/** An empty commit. */
export const commitOf = (group: GroupId, epoch: number) => ({
  groupId: group,
  epoch,
  commit: someBytes(),
  welcomes: [],
  removed: [],
});

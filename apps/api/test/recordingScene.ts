import type { ObjectId, PatientId } from '@sotto/protocol/ids';
import { folderId, type PartName } from '@sotto/storage';
import { eq } from 'drizzle-orm';
import type { KeystoreClient } from '../src/keystoreClient.ts';
import { type Kept, keepRecordings } from '../src/recordingKeeping.ts';
import type { RecordingStorage } from '../src/recordingStorage.ts';
import { patientTable, storedObjectTable } from '../src/schema.ts';
import type { Answer } from './httpClient.ts';
import { RecordedVisit } from './recordedVisit.ts';
import type { RecordingPlace } from './recordingPlace.ts';
import { type Clinician, Records } from './records.ts';

/** What a keeper did that found nothing to do. */
export const nothingKept: Kept = {
  ...{ shredded: 0, abandoned: 0, finished: 0, retained: 0, held: 0, released: 0, keptBack: 0, postponed: 0 },
};

/** A clinic with two physicians, one of whom records a visit. */
export class RecordingScene {
  readonly place: RecordingPlace;
  readonly records: Records;
  readonly physician: Clinician;
  readonly colleague: Clinician;
  readonly visit: RecordedVisit;

  private constructor(given: Pick<RecordingScene, 'place' | 'records' | 'physician' | 'colleague' | 'visit'>) {
    this.place = given.place;
    this.records = given.records;
    this.physician = given.physician;
    this.colleague = given.colleague;
    this.visit = given.visit;
  }

  static async begin(place: RecordingPlace): Promise<RecordingScene> {
    const records = await Records.start(place);
    const physician = await records.enrolled('physician', 'Dr Ada Recorder');
    const colleague = await records.enrolled('physician', 'Dr Ben Colleague');
    const visit = await RecordedVisit.begin(records, physician);
    return new RecordingScene({ place, records, physician, colleague, visit });
  }

  close(): Promise<void> {
    return this.records.close();
  }

  /** Looks after what is stored, as the api does daily. */
  tend(changes: Partial<RecordingStorage> = {}, keystore?: KeystoreClient): Promise<Kept> {
    const { context } = this.records.clinic;
    return keepRecordings({
      ...context,
      keystore: keystore ?? context.keystore,
      storage: { ...context.storage, ...changes },
    });
  }

  /** By what a patient is found. */
  async indexesOf(patient: PatientId) {
    const { personIndex, familyIndex } = patientTable;
    const [row] = await this.records.clinic.context.database
      .select({ personIndex, familyIndex })
      .from(patientTable)
      .where(eq(patientTable.id, patient));
    if (row === undefined) throw new Error('there is such a patient');
    return row;
  }

  /** Names of an object's parts in the storage itself, the manifest too. */
  async inStorage(object: ObjectId): Promise<PartName[]> {
    const { database, storage } = this.records.clinic.context;
    const [stored] = await database.select().from(storedObjectTable).where(eq(storedObjectTable.id, object));
    const names: PartName[] = [];
    if (stored) for await (const { name } of storage.store.list(folderId(stored.folder))) names.push(name);
    return names;
  }

  /** Has two officers delete an object's key, or all of a patient's. */
  async shred(pseudonym: PatientId, object: ObjectId | null): Promise<Answer> {
    const officers = [this.records.officer(0), this.records.officer(1)];
    const call = await this.records.act(officers, { action: 'shred', pseudonym, object });
    return this.records.officer(0).browser.send('POST', '/api/keystore/acts', { body: call });
  }

  /** What a browser gets from an address of the api, of a range where one is given. */
  get({ browser }: Pick<Clinician, 'browser'>, path: string, range?: string): Promise<Answer> {
    return browser.send('GET', path, range === undefined ? {} : { headers: { range } });
  }

  /** A recording that was handed in. @throws if it wasn't taken */
  async handedIn(visit: RecordedVisit, track: number) {
    const recorded = await visit.track(track);
    await visit.putAll(recorded);
    const { status } = await visit.handIn(recorded);
    if (status !== 200) throw new Error(`${status}`);
    return recorded;
  }

  /** Two parts of a new recording, and how the place for the first is asked for. */
  async unstored() {
    const track = await this.visit.track(0);
    const [part, other] = track.parts;
    if (!part || !other) throw new Error('there are parts');
    const path = `/api/objects/${track.object}/parts`;
    const body = { leaf: part.leaf, length: part.octets.byteLength };
    return { track, part, other, path, ask: () => this.physician.browser.send('POST', path, { body }) };
  }

  /** Does something while the storage can't be reached. */
  async whileDown<T>(act: () => Promise<T>): Promise<T> {
    const bringBack = await this.place.takeDown();
    try {
      return await act();
    } finally {
      await bringBack();
    }
  }
}

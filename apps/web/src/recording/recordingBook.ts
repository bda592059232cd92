import { clinicianProof } from '@sotto/protocol/clinicianProof';
import { recordingTerms, signedConsent } from '@sotto/protocol/consent';
import {
  clinicId,
  leafThumbprint,
  objectId,
  participantId,
  patientId,
  type RecordingId,
  staffId,
  visitId,
} from '@sotto/protocol/ids';
import { type NotedRun, objectContext } from '@sotto/vault';
import * as z from 'zod';

/** One participant's object, and the key that it is sealed to. */
const bookedTrack = z.strictObject({
  participant: participantId,
  context: objectContext.extend({
    clinic: clinicId,
    pseudonym: patientId,
    visit: visitId,
    object: objectId,
    kind: z.literal('recording'),
    consent: z.string().length(43).brand<'Hash'>(),
  }),
  publicKey: z.instanceof(Uint8Array<ArrayBuffer>),
});
export type BookedTrack = z.infer<typeof bookedTrack>;

/** What has to outlive the page until a recording is registered. No key in it opens anything. */
const bookedRecording = z.strictObject({
  terms: recordingTerms,
  staff: staffId,
  /** Signs the manifests; it can't be exported. */
  recorderKey: z.instanceof(CryptoKey),
  consents: z.array(signedConsent),
  recorders: z.array(z.strictObject({ leaf: leafThumbprint, proof: clinicianProof })),
  tracks: z.array(bookedTrack),
  /** Time 0 of all tracks, in ms since 1970; null before the recorder began. */
  zero: z.number().nullable(),
  /** A recording that `runs` may be gone on with in its visit. */
  state: z.enum(['asked', 'runs', 'ended']),
  /** When a part of it was last kept, in ms since 1970. */
  touchedAt: z.number(),
});
export type BookedRecording = z.infer<typeof bookedRecording>;

const notedHeader = z.string().length(43).brand<'Hash'>();

const stores = { recordings: 'recordings', runs: 'runs' } as const;
type Store = keyof typeof stores;

/** What recordings need to survive a closed page, in this browser's database. */
export interface RecordingBook {
  list(): Promise<BookedRecording[]>;
  get(id: RecordingId): Promise<BookedRecording | null>;
  put(recording: BookedRecording): Promise<void>;
  /** Changes what is booked, whole; nothing if it isn't there. */
  change(id: RecordingId, changes: (before: BookedRecording) => BookedRecording): Promise<void>;
  /** Forgets the recording and its runs. */
  remove(recording: BookedRecording): Promise<void>;
  note(run: NotedRun): Promise<void>;
  /** Which header a run of an object, or its head, was begun with; null if none was. */
  noted(track: BookedTrack, of: 'head' | { readonly run: number }): Promise<NotedRun | null>;
}

/** @throws DOMException where the browser keeps nothing */
export async function openRecordingBook(): Promise<RecordingBook> {
  const database = await open();
  async function within<T>(store: Store, mode: IDBTransactionMode, act: (of: IDBObjectStore) => IDBRequest<T>) {
    const transaction = database.transaction(stores[store], mode, { durability: 'strict' });
    const request = act(transaction.objectStore(stores[store]));
    await done(transaction);
    return request.result;
  }
  const parse = (value: unknown): BookedRecording | null => bookedRecording.safeParse(value).data ?? null;
  return {
    async list() {
      const all = await within('recordings', 'readonly', (store) => store.getAll() as IDBRequest<unknown[]>);
      return all.flatMap((value) => parse(value) ?? []);
    },
    get: async (id) => parse(await within('recordings', 'readonly', (store) => store.get(id) as IDBRequest<unknown>)),
    put: async (recording) => {
      await within('recordings', 'readwrite', (store) => store.put(recording, recording.terms.recording));
    },
    async change(id, changes) {
      const transaction = database.transaction(stores.recordings, 'readwrite', { durability: 'strict' });
      const store = transaction.objectStore(stores.recordings);
      const found = store.get(id) as IDBRequest<unknown>;
      found.onsuccess = () => {
        const before = parse(found.result);
        if (before !== null) store.put(changes(before), id);
      };
      await done(transaction);
    },
    async remove({ terms, tracks }) {
      for (const { context } of tracks) {
        const all = IDBKeyRange.bound(`${context.object} `, `${context.object}!`);
        await within('runs', 'readwrite', (store) => store.delete(all));
      }
      await within('recordings', 'readwrite', (store) => store.delete(terms.recording));
    },
    note: async ({ header, context: { object, part, run } }) => {
      await within('runs', 'readwrite', (store) => store.put(header, nameOf(object.object, part, run)));
    },
    async noted({ context }, of) {
      const [part, run] = of === 'head' ? (['head', 0] as const) : (['body', of.run] as const);
      const found = await within(
        'runs',
        'readonly',
        (store) => store.get(nameOf(context.object, part, run)) as IDBRequest<unknown>,
      );
      const header = notedHeader.safeParse(found);
      return header.success ? { header: header.data, context: { object: context, part, run } } : null;
    },
  };
}

const nameOf = (object: string, part: string, run: number) => `${object} ${part} ${String(run)}`;

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('sotto-recordings', 1);
    request.onupgradeneeded = () => {
      for (const store of Object.values(stores)) request.result.createObjectStore(store);
    };
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new DOMException('no database'));
    };
  });
}

function done(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => {
      resolve();
    };
    transaction.onabort = () => {
      reject(transaction.error ?? new DOMException('nothing was kept'));
    };
  });
}

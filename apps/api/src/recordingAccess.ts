import type { ObjectId, PatientId, StaffId, VisitId } from '@sotto/protocol/ids';
import { type Result, refused } from '@sotto/protocol/result';
import { type FolderId, folderId } from '@sotto/storage';
import { and, eq } from 'drizzle-orm';
import { asCaller, type Tokens } from './caller.ts';
import type { RecordsContext } from './relay.ts';
import {
  mintedObjectTable,
  objectRegistrationTable,
  removedObjectTable,
  sealedObjectTable,
  storedObjectTable,
  visitTable,
} from './schema.ts';
import { asPhysician, type StaffPass } from './staffSession.ts';

/** An object that is or may become a recording, as the clinic's records have it. */
export interface RecordedObject {
  readonly object: ObjectId;
  readonly visit: VisitId;
  readonly pseudonym: PatientId;
  readonly mintedBy: StaffId;
  readonly clinician: StaffId;
  /** Null before its first part. */
  readonly folder: FolderId | null;
  /** Null while it is neither a note nor a recording that was registered. */
  readonly kind: 'note' | 'recording' | null;
  readonly isRegistered: boolean;
  /** Its bytes were taken out because nobody went on; who made it may begin again. */
  readonly isAbandoned: boolean;
}

/** Null also when it was shredded. */
async function findObject({ database, clinicId }: RecordsContext, object: ObjectId): Promise<RecordedObject | null> {
  const [found] = await database
    .select({
      object: mintedObjectTable.id,
      visit: visitTable.id,
      pseudonym: visitTable.patientId,
      mintedBy: mintedObjectTable.staffId,
      clinician: visitTable.clinicianId,
      folder: storedObjectTable.folder,
      kind: sealedObjectTable.kind,
      registered: objectRegistrationTable.id,
      removed: removedObjectTable.reason,
    })
    .from(mintedObjectTable)
    .innerJoin(visitTable, eq(visitTable.id, mintedObjectTable.visitId))
    .leftJoin(storedObjectTable, eq(storedObjectTable.id, mintedObjectTable.id))
    .leftJoin(sealedObjectTable, eq(sealedObjectTable.id, mintedObjectTable.id))
    .leftJoin(objectRegistrationTable, eq(objectRegistrationTable.id, mintedObjectTable.id))
    .leftJoin(removedObjectTable, eq(removedObjectTable.id, mintedObjectTable.id))
    .where(and(eq(mintedObjectTable.id, object), eq(visitTable.clinicId, clinicId)));
  if (found === undefined || found.removed === 'shredded') return null;
  const { folder, registered, removed, ...about } = found;
  return {
    ...about,
    folder: folder === null ? null : folderId(folder),
    isRegistered: registered !== null,
    isAbandoned: removed === 'abandoned',
  };
}

/** Does something with an object that the signed-in physician has minted in a visit of their own; else `notFound`. */
export const withOwnObject = <T>(
  context: RecordsContext,
  pass: StaffPass | undefined,
  object: ObjectId,
  act: (found: RecordedObject, staff: StaffId) => Promise<Result<T>>,
): Promise<Result<T>> =>
  asPhysician(context, pass, async ({ id }) => {
    const found = await findObject(context, object);
    return found?.mintedBy === id && found.clinician === id ? act(found, id) : refused('notFound');
  });

/**
 * Does something with a recording that the caller may fetch: ciphertext. Before it is registered only who minted it may;
 * from then on any member of staff, since whether it may be opened is the keystore's to decide and to log; a patient only
 * their own. Anything else is `notFound`.
 */
export const withReadableObject = <T>(
  context: RecordsContext,
  tokens: Tokens,
  object: ObjectId,
  act: (found: RecordedObject, subject: StaffId | PatientId) => Promise<Result<T>>,
): Promise<Result<T>> =>
  asCaller(context, tokens, async ({ kind, subject }) => {
    const found = await findObject(context, object);
    if (!found || found.kind === 'note') return refused('notFound');
    const isOpen = found.isRegistered && found.kind === 'recording';
    const isTheirs = kind === 'staff' ? isOpen || found.mintedBy === subject : isOpen && found.pseudonym === subject;
    return isTheirs ? act(found, subject) : refused('notFound');
  });

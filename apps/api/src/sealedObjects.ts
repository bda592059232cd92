import type { ObjectId, PatientId, StaffId, VisitId } from '@sotto/protocol/ids';
import type { MintAnswer, RegistrationAnswer } from '@sotto/protocol/keystoreRoutes';
import { partOf, placeOf } from '@sotto/protocol/listPage';
import {
  maxObjectsListed,
  type ObjectPage,
  type SealedObject,
  type SealedSummary,
  type SealedUpload,
  type sealedList,
} from '@sotto/protocol/records';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { Transaction } from '@sotto/service/postgres';
import { and, desc, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type * as z from 'zod';
import { asCaller, type Tokens } from './caller.ts';
import type { RecordsContext } from './relay.ts';
import { ownOutcome } from './relayAnswer.ts';
import {
  mintedObjectTable,
  objectRegistrationTable,
  removedObjectTable,
  sealedObjectTable,
  sealedRecordingTable,
  staffTable,
  visitTable,
} from './schema.ts';
import { isSealedBy, type NotePlace, type ParsedNote, parseNote, type SealedNote } from './sealedNote.ts';
import { findOwnPasskey } from './staffPasskeys.ts';
import { asPhysician, type StaffPass } from './staffSession.ts';
import { withOwnVisit } from './staffVisits.ts';

/** As many objects as one visit may have. */
const maxObjects = 500;

/** A key for a new object of the visit's patient; `wrongState` for a cancelled visit, and for one that has enough. */
export const mintObject = (
  context: RecordsContext,
  pass: StaffPass | undefined,
  visitId: VisitId,
): Promise<Result<MintAnswer>> =>
  withOwnVisit(context, pass, visitId, async (visit, { id: staffId }) => {
    const { database, keystore, now } = context;
    const minted = await database.$count(mintedObjectTable, eq(mintedObjectTable.visitId, visit.id));
    if (visit.status === 'cancelled' || minted >= maxObjects) return refused('wrongState');
    const outcome = ownOutcome(await keystore.mint(visit.patientId, visit.id));
    if (!outcome.ok) return outcome;
    const { object: id } = outcome.value.statement.payload;
    await database.insert(mintedObjectTable).values({ id, visitId: visit.id, staffId, mintedAt: now() });
    return outcome;
  });

const isSame = (one: Uint8Array, other: Uint8Array) => Buffer.compare(one, other) === 0;

/** Stores the bytes, or finds these very bytes stored already. */
async function keep(
  { database, now }: RecordsContext,
  id: ObjectId,
  { manifest, run }: SealedNote,
): Promise<Result<undefined>> {
  const added = await database
    .insert(sealedObjectTable)
    .values({ id, kind: 'note', manifest, run, storedAt: now() })
    .onConflictDoNothing()
    .returning({ id: sealedObjectTable.id });
  if (added.length > 0) return accepted(undefined);
  const [stored] = await database
    .select({ manifest: sealedObjectTable.manifest, run: sealedObjectTable.run })
    .from(sealedObjectTable)
    .where(eq(sealedObjectTable.id, id));
  const isKept = stored?.run && isSame(stored.manifest, manifest) && isSame(stored.run, run);
  return isKept ? accepted(undefined) : refused('conflict');
}

/** What storing works with: the pages whose passkeys sign, besides. */
export interface StoringContext extends RecordsContext {
  readonly origins: readonly string[];
}

/** Refuses what this member of staff's own passkey, by the keystore's directory, hasn't signed as it is: `unsealedPhi`. */
async function requireWriter(
  context: StoringContext,
  writer: StaffId,
  note: ParsedNote,
  place: NotePlace,
): Promise<Result<undefined>> {
  const { keystore, origins } = context;
  const signedWith = Buffer.from(note.publicKey).toString('base64url');
  const [found, identity] = await Promise.all([findOwnPasskey(context, writer, signedWith), keystore.identity()]);
  if (!found.ok || identity.tag !== 'answered') return refused('unavailable');
  if (found.value === undefined) return refused('unsealedPhi');
  const { rpId } = identity.value;
  const signer = { algorithm: 'WebAuthn', publicKey: note.publicKey, rpId, origins } as const;
  return (await isSealedBy(signer, note, place)) ? accepted(undefined) : refused('unsealedPhi');
}

/**
 * Stores an object whose key the caller was given for a visit of their own, then registers its manifest with the
 * keystore, and keeps what the keystore said of it. Again with the same bytes it goes on from wherever it was; other
 * bytes are a `conflict`. What isn't a note about this object that its writer has sealed and signed is `unsealedPhi`, and isn't
 * kept. What the keystore refuses stays unregistered and unlisted, and its writer takes another object.
 */
export const storeObject = (
  context: StoringContext,
  pass: StaffPass | undefined,
  object: ObjectId,
  upload: SealedUpload,
): Promise<Result<RegistrationAnswer>> =>
  asPhysician(context, pass, async ({ id: staffId }) => {
    const { database, clinicId: clinic, keystore } = context;
    const [minted] = await database
      .select({ visit: visitTable.id, pseudonym: visitTable.patientId })
      .from(mintedObjectTable)
      .innerJoin(visitTable, eq(visitTable.id, mintedObjectTable.visitId))
      .where(
        and(
          eq(mintedObjectTable.id, object),
          eq(mintedObjectTable.staffId, staffId),
          eq(visitTable.clinicianId, staffId),
          eq(visitTable.clinicId, clinic),
        ),
      );
    if (!minted) return refused('notFound');
    const place = { clinic, object, ...minted };
    const note = await parseNote(upload, place);
    if (!note) return refused('unsealedPhi');
    // What is kept was checked, and goes on also if its writer's passkey was ended since.
    const isKept = (await database.$count(sealedObjectTable, eq(sealedObjectTable.id, object))) > 0;
    const written = isKept ? accepted(undefined) : await requireWriter(context, staffId, note, place);
    if (!written.ok) return written;
    const kept = await keep(context, object, note);
    if (!kept.ok) return kept;
    const outcome = ownOutcome(await keystore.register(object, upload.manifest, null));
    if (outcome.ok) await keepRegistration(context, object, outcome.value);
    return outcome;
  });

/** From now on it is listed. Once: the keystore says the same each time. */
export async function keepRegistration(
  { database, now }: { readonly database: Pick<Transaction, 'insert'>; readonly now: () => Date },
  id: ObjectId,
  { statement }: RegistrationAnswer,
): Promise<void> {
  await database
    .insert(objectRegistrationTable)
    .values({ id, statement: JSON.stringify(statement), registeredAt: now() })
    .onConflictDoNothing();
}

const summaryColumns = {
  object: sealedObjectTable.id,
  kind: sealedObjectTable.kind,
  recording: { id: sealedRecordingTable.recording, track: sealedRecordingTable.track },
  visitId: visitTable.id,
  pseudonym: visitTable.patientId,
  writer: { id: staffTable.id, name: staffTable.name, role: staffTable.role },
  storedAt: sealedObjectTable.storedAt,
};

/** Stored and registered objects of this clinic, their bytes still there, that meet a condition, the newest first; without what is in them. */
export const findSummaries = ({ database, clinicId }: RecordsContext, condition: SQL | undefined) =>
  database
    .select(summaryColumns)
    .from(sealedObjectTable)
    .innerJoin(objectRegistrationTable, eq(objectRegistrationTable.id, sealedObjectTable.id))
    .innerJoin(mintedObjectTable, eq(mintedObjectTable.id, sealedObjectTable.id))
    .innerJoin(visitTable, eq(visitTable.id, mintedObjectTable.visitId))
    .innerJoin(staffTable, eq(staffTable.id, mintedObjectTable.staffId))
    .leftJoin(sealedRecordingTable, eq(sealedRecordingTable.id, sealedObjectTable.id))
    .leftJoin(removedObjectTable, eq(removedObjectTable.id, sealedObjectTable.id))
    .where(and(eq(visitTable.clinicId, clinicId), isNull(removedObjectTable.id), condition))
    .orderBy(desc(sealedObjectTable.storedAt), desc(sealedObjectTable.id));

export const toSummary = (row: Awaited<ReturnType<typeof findSummaries>>[number]): SealedSummary => ({
  ...row,
  storedAt: row.storedAt.toISOString(),
});

/** One part of what was written about a patient, in whichever visit, newest first. */
export async function listPageOf(
  context: RecordsContext,
  patient: PatientId,
  before: string | undefined,
): Promise<ObjectPage> {
  const { storedAt, id } = sealedObjectTable;
  const place = placeOf(before);
  const isOlder = place && sql`(${storedAt}, ${id}) < (${place.at.toISOString()}::timestamptz, ${place.id})`;
  const condition = and(eq(visitTable.patientId, patient), isOlder ?? undefined);
  const rows = await findSummaries(context, condition).limit(maxObjectsListed + 1);
  const { shown, next } = partOf(rows, maxObjectsListed, (row) => ({ at: row.storedAt, id: row.object }));
  return { objects: shown.map(toSummary), next };
}

/** Who has written something about a patient. */
export async function listWritersOf({ database, clinicId }: RecordsContext, patient: PatientId): Promise<StaffId[]> {
  const rows = await database
    .selectDistinct({ id: mintedObjectTable.staffId })
    .from(mintedObjectTable)
    .innerJoin(objectRegistrationTable, eq(objectRegistrationTable.id, mintedObjectTable.id))
    .innerJoin(visitTable, eq(visitTable.id, mintedObjectTable.visitId))
    .where(and(eq(visitTable.clinicId, clinicId), eq(visitTable.patientId, patient)));
  return rows.map(({ id }) => id);
}

/** What was written in a visit of the caller's own. */
export const listObjects = (
  context: RecordsContext,
  pass: StaffPass | undefined,
  visitId: VisitId,
): Promise<Result<z.infer<typeof sealedList>>> =>
  withOwnVisit(context, pass, visitId, async (visit) => {
    // Of one visit there are no more than were minted.
    const rows = await findSummaries(context, eq(visitTable.id, visit.id)).limit(maxObjects);
    return accepted({ objects: rows.reverse().map(toSummary) });
  });

/**
 * Ciphertext of a note. To any member of staff: whether it may be opened is the keystore's to decide, and to log. To a patient
 * their own; another's is `notFound`.
 */
export const readObject = (context: RecordsContext, tokens: Tokens, object: ObjectId): Promise<Result<SealedObject>> =>
  asCaller(context, tokens, async (caller) => {
    const isTheirs = caller.kind === 'patient' ? eq(visitTable.patientId, caller.subject) : undefined;
    const [summary] = await findSummaries(context, and(eq(sealedObjectTable.id, object), isTheirs));
    const [bytes] = await context.database
      .select({ manifest: sealedObjectTable.manifest, run: sealedObjectTable.run })
      .from(sealedObjectTable)
      .where(eq(sealedObjectTable.id, object));
    if (!summary || !bytes?.run) return refused('notFound');
    const text = (part: Uint8Array) => Buffer.from(part).toString('base64url');
    return accepted({ ...toSummary(summary), manifest: text(bytes.manifest), run: text(bytes.run) });
  });

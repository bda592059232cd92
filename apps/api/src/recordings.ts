import { type ConsentEvidence, consentEvidence } from '@sotto/protocol/consent';
import type { ObjectId } from '@sotto/protocol/ids';
import type { RegistrationAnswer } from '@sotto/protocol/keystoreRoutes';
import type { RecordingUpload, SealedRecording } from '@sotto/protocol/recordings';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import { type FolderId, partName } from '@sotto/storage';
import { inspectManifest } from '@sotto/vault';
import { and, eq } from 'drizzle-orm';
import type { Tokens } from './caller.ts';
import { withOwnObject, withReadableObject } from './recordingAccess.ts';
import { areAllThere, parseRecording, type RecordingManifest } from './recordingManifest.ts';
import { storedParts } from './recordingParts.ts';
import { withStorage } from './recordingStorage.ts';
import type { RecordsContext } from './relay.ts';
import { ownOutcome } from './relayAnswer.ts';
import { handedInRecordingTable, sealedObjectTable, sealedRecordingTable } from './schema.ts';
import { findSummaries, keepRegistration, toSummary } from './sealedObjects.ts';
import type { StaffPass } from './staffSession.ts';

/** As often one object may be handed in with another manifest, until the keystore takes one. */
const maxManifests = 16;

/** What is handed in, and of what. */
interface HandedIn {
  readonly object: ObjectId;
  readonly folder: FolderId;
  readonly manifest: RecordingManifest;
  readonly evidence: ConsentEvidence;
}

/** Notes what the keystore is about to be asked. @returns false if it is one manifest too many */
async function note({ database, now }: RecordsContext, { object: id, manifest, evidence }: HandedIn): Promise<boolean> {
  const { octets, parsed } = manifest;
  const others = await database.$count(handedInRecordingTable, eq(handedInRecordingTable.id, id));
  const [known] = await database
    .select({ id: handedInRecordingTable.id })
    .from(handedInRecordingTable)
    .where(and(eq(handedInRecordingTable.id, id), eq(handedInRecordingTable.manifestHash, parsed.hash)));
  if (known) return true;
  if (others >= maxManifests) return false;
  await database
    .insert(handedInRecordingTable)
    .values({
      ...{ id, manifestHash: parsed.hash, manifest: octets },
      ...{ evidence: JSON.stringify(evidence), handedInAt: now() },
    })
    .onConflictDoNothing();
  return true;
}

/** Registers with the keystore, stores the manifest beside its runs, and lists the recording from then on. */
async function register(context: RecordsContext, handedIn: HandedIn): Promise<Result<RegistrationAnswer>> {
  const { object, folder, manifest, evidence } = handedIn;
  const text = Buffer.from(manifest.octets).toString('base64url');
  const outcome = ownOutcome(await context.keystore.register(object, text, evidence));
  if (!outcome.ok) return outcome;
  return withStorage(context.storage, async () => {
    // Whatever is there is this one: the keystore takes no other.
    await context.storage.store.create(partName(folder, { tag: 'manifest' }), manifest.octets);
    await keep(context, handedIn, outcome.value);
    return outcome;
  });
}

const keep = ({ database, now }: RecordsContext, handedIn: HandedIn, answer: RegistrationAnswer): Promise<void> =>
  database.transaction(async (transaction) => {
    const { object: id, manifest, evidence } = handedIn;
    await transaction
      .insert(sealedObjectTable)
      .values({ id, kind: 'recording', manifest: manifest.octets, run: null, storedAt: now() })
      .onConflictDoNothing();
    await transaction
      .insert(sealedRecordingTable)
      .values({
        ...{ id, recording: evidence.terms.recording, track: manifest.parsed.context.track },
        evidence: JSON.stringify(evidence),
      })
      .onConflictDoNothing();
    await keepRegistration({ database: transaction, now }, id, answer);
  });

/**
 * Takes a recording whose parts are all stored: registers it with the keystore, which checks every consent, and keeps
 * what it said. Again the same it goes on from wherever it was; another manifest, once one was registered, is a
 * `conflict`. While parts are missing or too many it is `wrongState`; what the keystore refuses may be handed in anew.
 */
export const storeRecording = (
  context: RecordsContext,
  pass: StaffPass | undefined,
  object: ObjectId,
  { manifest: text, evidence }: RecordingUpload,
): Promise<Result<RegistrationAnswer>> =>
  withOwnObject(context, pass, object, async ({ visit, pseudonym, folder, kind }) => {
    if (kind === 'note') return refused('conflict');
    const manifest = await parseRecording(text, evidence, { clinic: context.clinicId, object, visit, pseudonym });
    if (!manifest) return refused('unsealedPhi');
    if (folder === null) return refused('wrongState');
    const parts = await withStorage(context.storage, async () => accepted(await storedParts(context.storage, folder)));
    if (!parts.ok) return parts;
    if (!areAllThere(manifest.parsed, parts.value)) return refused('wrongState');
    const handedIn = { object, folder, manifest, evidence };
    if (!(await note(context, handedIn))) return refused('wrongState');
    const outcome = await register(context, handedIn);
    // It has another one, of which nobody got the answer: that one is listed from now on.
    if (!outcome.ok && outcome.code === 'conflict') await finishHandedIn(context, object, folder);
    return outcome;
  });

/** Registers again what was handed in and isn't registered. @returns whether the keystore takes, or has taken, one of it */
export async function finishHandedIn(context: RecordsContext, object: ObjectId, folder: FolderId): Promise<boolean> {
  const rows = await context.database
    .select({ manifest: handedInRecordingTable.manifest, evidence: handedInRecordingTable.evidence })
    .from(handedInRecordingTable)
    .where(eq(handedInRecordingTable.id, object));
  for (const row of rows) {
    const octets = new Uint8Array(row.manifest);
    const manifest = { octets, parsed: await inspectManifest(octets) };
    const evidence = consentEvidence.parse(JSON.parse(row.evidence));
    if ((await register(context, { object, folder, manifest, evidence })).ok) return true;
  }
  return false;
}

/** The manifest and what proves the consents; `notFound` before it was registered. */
export const readRecording = (
  context: RecordsContext,
  tokens: Tokens,
  object: ObjectId,
): Promise<Result<SealedRecording>> =>
  withReadableObject(context, tokens, object, async () => {
    const [summary] = await findSummaries(context, eq(sealedObjectTable.id, object));
    const [stored] = await context.database
      .select({ manifest: sealedObjectTable.manifest, evidence: sealedRecordingTable.evidence })
      .from(sealedObjectTable)
      .innerJoin(sealedRecordingTable, eq(sealedRecordingTable.id, sealedObjectTable.id))
      .where(eq(sealedObjectTable.id, object));
    if (!summary || !stored) return refused('notFound');
    return accepted({
      ...toSummary(summary),
      manifest: Buffer.from(stored.manifest).toString('base64url'),
      evidence: consentEvidence.parse(JSON.parse(stored.evidence)),
    });
  });

import type { ProvenEntry } from '@sotto/audit';
import type { ConsentEvidence } from '@sotto/protocol/consent';
import type { ObjectId, PatientId } from '@sotto/protocol/ids';
import type { CredentialId, RegistrationStatement, RevocationStatement } from '@sotto/protocol/keystore';
import type { RelyingParty } from '@sotto/service/assertion';
import type { Transaction } from '@sotto/service/postgres';
import {
  checkManifest,
  inspectManifest,
  kinds,
  type ObjectContext,
  type ParsedManifest,
  type TrustedSigner,
  VaultError,
} from '@sotto/vault';
import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { type Bytes, fromBase64url } from '../bytes.ts';
import { credentialTable, recordedTrackTable, registrationTable } from '../database/schema.ts';
import { type Clinician, clinicianOf, clinicianRoles, findClinician } from '../directory/clinician.ts';
import { LogStopped } from '../errors.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { entryOf } from '../log/entry.ts';
import { payloadHash } from '../statement.ts';
import { checkConsents, consentHashOf, evidenceHashOf, type RegistrationTrust } from './consents.ts';
import { findObjects, type StoredObject } from './objectKeys.ts';
import { inTurn } from './shredding.ts';

/** What a clinician signs with a passkey. */
const signedByPasskey: readonly string[] = [kinds.note, kinds.intake, kinds.reason, kinds.file];

export type RegistrationOutcome =
  | { readonly tag: 'registered'; readonly statement: RegistrationStatement; readonly proof: ProvenEntry }
  | { readonly tag: 'refused'; readonly code: 'invalid' | 'assertion' | 'unknownObject' | 'conflict' };

const refused = (code: (RegistrationOutcome & { tag: 'refused' })['code']) => ({ tag: 'refused', code }) as const;

/** Who answers for a manifest: a clinician, and the passkeys by which. */
interface Writer {
  readonly entry: Clinician['entry'];
  /** Those that have to count when it's registered. */
  readonly credentials: readonly CredentialId[];
  /** Of those that don't any more, the one that was revoked last: the entry names it. */
  readonly revocation: RevocationStatement['payload'] | null;
}

/** What is handed in. */
export interface HandedIn {
  readonly object: ObjectId;
  readonly manifest: Bytes;
  /** Of a recording; null for everything else. */
  readonly evidence: ConsentEvidence | null;
}

/**
 * Takes an object's manifest, signed by a clinician's passkey that is registered here, or a recording's, signed by the
 * recorder to whom everybody recorded has consented; and logs its hash: who opens the object later sees that storage
 * gives out this one and no other (SPEC.md section 5). Once an object; the same again gets the same answer.
 *
 * @throws LogStopped, ReleaseStopped or the driver's error: ask the same again
 */
export async function registerObject(
  context: KeystoreContext,
  trust: RegistrationTrust,
  { object, manifest, evidence }: HandedIn,
): Promise<RegistrationOutcome> {
  const { database, log } = context;
  const parsed = await inspect(manifest);
  if (parsed === null) return refused('invalid');
  const [minted] = await findObjects(context, [object]);
  if (!minted) return refused('unknownObject');
  const given = { manifest, parsed, minted };
  const writer =
    minted.registration !== null
      ? null
      : evidence === null
        ? await writerOf(context, trust.party, given)
        : await recorderOf(context, trust, given, evidence);
  if (writer !== null && 'code' in writer) return writer;
  const outcome = await database.transaction((transaction) =>
    register(context, transaction, { ...minted, parsed, writer }),
  );
  if (typeof outcome === 'string') return refused(outcome);
  await log.cover();
  return { tag: 'registered', statement: outcome.statement, proof: await log.prove(outcome.index) };
}

async function inspect(manifest: Bytes): Promise<ParsedManifest | null> {
  try {
    const parsed = await inspectManifest(manifest);
    return parsed.byteLength === manifest.byteLength ? parsed : null;
  } catch (fault) {
    if (fault instanceof VaultError) return null;
    throw fault;
  }
}

/** A manifest, and the object that it should be of. */
interface Given {
  readonly manifest: Bytes;
  readonly parsed: ParsedManifest;
  readonly minted: StoredObject;
}

/** Whose passkey signed it, if it is a clinician's and the manifest is this object's. */
async function writerOf(
  { database, statements, clinic }: KeystoreContext,
  party: RelyingParty,
  { manifest, parsed, minted }: Given,
): Promise<Writer | ReturnType<typeof refused>> {
  const { algorithm, publicKey, context } = parsed;
  const { kind, consent } = context;
  if (algorithm !== 'WebAuthn' || !signedByPasskey.includes(kind) || consent !== null) return refused('invalid');
  const rows = await database
    .select()
    .from(credentialTable)
    .where(and(eq(credentialTable.publicKey, publicKey), isNull(credentialTable.revokedAt)));
  const [signer] = rows.flatMap((row) => clinicianOf(row, statements) ?? []);
  const writer = signer && (await findClinician(database, statements, signer.entry.credential));
  if (!writer || writer.isRevoked || !clinicianRoles.includes(writer.entry.role)) return refused('assertion');
  const fault = await manifestFault(manifest, { algorithm, publicKey, ...party }, contextOf(clinic, parsed, minted));
  return fault === null
    ? { entry: writer.entry, credentials: [writer.entry.credential], revocation: null }
    : refused(fault);
}

/** Who asked for a recording, if all that its evidence should show holds and the manifest is this object's. */
async function recorderOf(
  context: KeystoreContext,
  trust: RegistrationTrust,
  { manifest, parsed, minted }: Given,
  evidence: ConsentEvidence,
): Promise<Writer | ReturnType<typeof refused>> {
  const { visit } = minted;
  const { kind, track, consent } = parsed.context;
  const isOfEvidence = consent === consentHashOf(evidence) && parsed.roster === evidenceHashOf(evidence);
  const isSomebodys = evidence.tracks[track] !== undefined;
  if (kind !== kinds.recording || visit === null || !isOfEvidence || !isSomebodys) return refused('invalid');
  const publicKey = fromBase64url(evidence.terms.recorderKey);
  const expected = contextOf(context.clinic, parsed, minted);
  const fault = await manifestFault(manifest, { algorithm: 'Ed25519', publicKey }, expected);
  if (fault !== null) return refused(fault);
  const { mintedAt } = minted;
  const verdict = await checkConsents(context, trust, evidence, { visit, mintedAt });
  if (verdict.tag === 'refused') return verdict;
  const { recorders } = verdict;
  const revocations = recorders.flatMap(({ revocation }) => revocation ?? []);
  const [revocation = null] = revocations.sort((a, b) => (a.revokedAt > b.revokedAt ? -1 : 1));
  // What was recorded is judged by when it was begun: a passkey that is revoked just now changes nothing of it.
  return { entry: recorders[0].entry, credentials: [], revocation };
}

/** What the manifest of an object must be about; what only the writer knows stands as they say. */
const contextOf = (
  clinic: KeystoreContext['clinic'],
  { context: { kind, track, consent } }: ParsedManifest,
  { object, pseudonym, visit }: StoredObject,
): ObjectContext => ({ clinic, pseudonym, visit, object, kind, track, consent });

/** Why a manifest isn't this signer's about this object; null if it is. */
async function manifestFault(
  manifest: Bytes,
  signer: TrustedSigner,
  context: ObjectContext,
): Promise<'assertion' | 'invalid' | null> {
  try {
    await checkManifest(manifest, { signer, context, hash: null });
    return null;
  } catch (fault) {
    if (!(fault instanceof VaultError)) throw fault;
    return fault.code === 'authenticity' || fault.place.layer === 'signature' ? 'assertion' : 'invalid';
  }
}

interface Registering {
  readonly object: ObjectId;
  readonly pseudonym: PatientId;
  readonly parsed: ParsedManifest;
  /** Null if it was registered when it was looked up. */
  readonly writer: Writer | null;
}

async function register(
  context: KeystoreContext,
  transaction: Transaction,
  { object, pseudonym, parsed, writer }: Registering,
): Promise<{ statement: RegistrationStatement; index: number } | 'unknownObject' | 'conflict' | 'assertion'> {
  const { clinic, log, statements, now } = context;
  await inTurn(transaction, pseudonym);
  const [minted] = await findObjects({ ...context, database: transaction }, [object]);
  if (!minted) return 'unknownObject';
  const [known] = await transaction.select().from(registrationTable).where(eq(registrationTable.object, object));
  if (minted.registration !== null && known !== undefined) {
    const { registration: statement } = minted;
    return statement.payload.manifest === parsed.hash ? { statement, index: known.entryIndex } : 'conflict';
  }
  if (writer === null || (await wasRegistered(transaction, minted))) throw new LogStopped('damaged');
  const { subject, role } = writer.entry;
  const before = writer.revocation && payloadHash(writer.revocation);
  const own = [...new Set(writer.credentials)];
  const alive = and(inArray(credentialTable.credential, own), isNull(credentialTable.revokedAt));
  if ((await transaction.select().from(credentialTable).where(alive)).length < own.length) return 'assertion';
  if (!(await isOnlyOfTrack(transaction, object, parsed))) return 'conflict';
  const { visit } = minted;
  const at = now();
  const statement = statements.sign({
    type: 'sotto/object-registered/v1' as const,
    ...{ clinic, pseudonym, visit, object, kind: parsed.context.kind, manifest: parsed.hash },
    ...{ writer: subject, registeredAt: at.toISOString() },
  });
  const about = {
    action: 'object.register',
    resource: `object:${object}`,
    patient: pseudonym,
    before,
    after: parsed.hash,
  };
  const index = await log.append(transaction, [entryOf(at, { actor: subject, role, ...about })]);
  const stored = { object, statement: JSON.stringify(statement), entryIndex: index, registeredAt: at };
  await transaction.insert(registrationTable).values(stored);
  return { statement, index };
}

/** Whether no other object is this track of its recording; true of what isn't a recording. */
async function isOnlyOfTrack(
  transaction: Transaction,
  object: ObjectId,
  { context: { consent, track } }: ParsedManifest,
): Promise<boolean> {
  if (consent === null) return true;
  const added = await transaction
    .insert(recordedTrackTable)
    .values({ consent, track, object })
    .onConflictDoNothing()
    .returning({ object: recordedTrackTable.object });
  return added.length > 0;
}

/** Whether the log has a registration that the table has lost: somebody took it away. */
export async function wasRegistered(
  database: Pick<Transaction, 'execute'>,
  { object, pseudonym }: { readonly object: ObjectId; readonly pseudonym: PatientId },
): Promise<boolean> {
  const { rows } = await database.execute(sql`
    select from audit.entry
     where patient = ${pseudonym} and action = 'object.register' and resource = ${`object:${object}`} limit 1`);
  return rows.length > 0;
}

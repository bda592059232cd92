import type { ProvenEntry } from '@sotto/audit';
import type { ObjectId, PatientId } from '@sotto/protocol/ids';
import type { RegistrationStatement } from '@sotto/protocol/keystore';
import type { Transaction } from '@sotto/service/postgres';
import { checkManifest, inspectManifest, kinds, type ParsedManifest, VaultError } from '@sotto/vault';
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Bytes } from '../bytes.ts';
import { credentialTable, registrationTable } from '../database/schema.ts';
import { type Clinician, clinicianOf, clinicianRoles, findClinician } from '../directory/clinician.ts';
import { LogStopped } from '../errors.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { entryOf } from '../log/entry.ts';
import type { RelyingParty } from '../webauthn/assertion.ts';
import { findObjects, type StoredObject } from './objectKeys.ts';
import { inTurn } from './shredding.ts';

/** What may be handed in. Recordings may not before their consents are checked here. */
const registrable: readonly string[] = [kinds.note, kinds.intake, kinds.reason, kinds.file];

export type RegistrationOutcome =
  | { readonly tag: 'registered'; readonly statement: RegistrationStatement; readonly proof: ProvenEntry }
  | { readonly tag: 'refused'; readonly code: 'invalid' | 'assertion' | 'unknownObject' | 'conflict' };

const refused = (code: (RegistrationOutcome & { tag: 'refused' })['code']) => ({ tag: 'refused', code }) as const;

/**
 * Takes an object's manifest, signed by a clinician's passkey that is registered here, and logs its hash: who opens the
 * object later sees that storage gives out this one and no other (SPEC.md section 5). Once an object; the same again
 * gets the same answer.
 *
 * @throws LogStopped, ReleaseStopped or the driver's error: ask the same again
 */
export async function registerObject(
  context: KeystoreContext,
  party: RelyingParty,
  { object, manifest }: { readonly object: ObjectId; readonly manifest: Bytes },
): Promise<RegistrationOutcome> {
  const { database, log } = context;
  const parsed = await inspect(manifest);
  if (parsed === null) return refused('invalid');
  const [minted] = await findObjects(context, [object]);
  if (!minted) return refused('unknownObject');
  const writer = minted.registration === null ? await writerOf(context, party, manifest, parsed, minted) : null;
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

/** Whose passkey signed it, if it is a clinician's and the manifest is this object's. */
async function writerOf(
  { database, statements, clinic }: KeystoreContext,
  party: RelyingParty,
  manifest: Bytes,
  { algorithm, publicKey, context }: ParsedManifest,
  { object, pseudonym, visit }: StoredObject,
): Promise<Clinician | ReturnType<typeof refused>> {
  const { kind, track, consent } = context;
  if (algorithm !== 'WebAuthn' || !registrable.includes(kind) || consent !== null) return refused('invalid');
  const rows = await database
    .select()
    .from(credentialTable)
    .where(and(eq(credentialTable.publicKey, publicKey), isNull(credentialTable.revokedAt)));
  const [signer] = rows.flatMap((row) => clinicianOf(row, statements) ?? []);
  const writer = signer && (await findClinician(database, statements, signer.entry.credential));
  if (!writer || writer.isRevoked || !clinicianRoles.includes(writer.entry.role)) return refused('assertion');
  try {
    await checkManifest(manifest, {
      signer: { algorithm, publicKey, ...party },
      context: { clinic, pseudonym, visit, object, kind, track, consent },
      hash: null,
    });
    return writer;
  } catch (fault) {
    if (!(fault instanceof VaultError)) throw fault;
    const isOfSignature = fault.code === 'authenticity' || fault.place.layer === 'signature';
    return refused(isOfSignature ? 'assertion' : 'invalid');
  }
}

interface Registering {
  readonly object: ObjectId;
  readonly pseudonym: PatientId;
  readonly parsed: ParsedManifest;
  /** Null if it was registered when it was looked up. */
  readonly writer: Clinician | null;
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
  const { subject, credential, role } = writer.entry;
  const alive = and(eq(credentialTable.credential, credential), isNull(credentialTable.revokedAt));
  if ((await transaction.select().from(credentialTable).where(alive)).length === 0) return 'assertion';
  const { visit } = minted;
  const at = now();
  const statement = statements.sign({
    type: 'sotto/object-registered/v1' as const,
    ...{ clinic, pseudonym, visit, object, kind: parsed.context.kind, manifest: parsed.hash },
    ...{ writer: subject, registeredAt: at.toISOString() },
  });
  const about = { action: 'object.register', resource: `object:${object}`, patient: pseudonym, after: parsed.hash };
  const index = await log.append(transaction, [entryOf(at, { actor: subject, role, ...about })]);
  const stored = { object, statement: JSON.stringify(statement), entryIndex: index, registeredAt: at };
  await transaction.insert(registrationTable).values(stored);
  return { statement, index };
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

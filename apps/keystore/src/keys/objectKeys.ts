import type { ProvenEntry } from '@sotto/audit';
import type { PatientId, VisitId } from '@sotto/protocol/ids';
import { createObjectKeyPair, type ObjectId, objectId } from '@sotto/vault';
import { and, eq, inArray, isNull, notExists, or } from 'drizzle-orm';
import * as z from 'zod';
import { type Bytes, toBase64url } from '../bytes.ts';
import { objectKeyTable, patientKeyTable, shreddedTable } from '../database/schema.ts';
import { LogStopped, PatientShredded } from '../errors.ts';
import { newId } from '../ids.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { entryOf, systemActor } from '../log/entry.ts';
import { isSigned, payloadHash, type Statement } from '../statement.ts';
import { objectKeyAad } from './association.ts';
import { createPatientKey, newestPatientKey, withPatientKey } from './patientKeys.ts';
import { unwrapByPatientKey, wrapByPatientKey } from './patientWrap.ts';
import { isPatientShredded } from './shredding.ts';

/** What the writer's browser verifies before it seals anything to the key (SPEC.md section 3). */
export interface ObjectKeyPayload {
  readonly type: 'sotto/object-key/v1';
  readonly clinic: string;
  readonly pseudonym: PatientId;
  readonly visit: VisitId | null;
  readonly object: ObjectId;
  readonly publicKey: string;
  readonly issuedAt: string;
}

export interface MintedObject {
  readonly statement: Statement<ObjectKeyPayload>;
  /** The entry that has the statement's hash. */
  readonly proof: ProvenEntry;
}

/**
 * Makes an object's key pair: the public half comes back in a signed and logged statement, the private half stays,
 * wrapped under the patient's newest key. A patient who has none gets a first one.
 *
 * @throws PatientShredded, MasterKeyError, LogStopped, or the driver's error; then there is no such object to rely on
 */
export async function mintObject(
  context: KeystoreContext,
  { pseudonym, visit }: { readonly pseudonym: PatientId; readonly visit: VisitId | null },
): Promise<MintedObject> {
  const { clinic, database, log, statements, now } = context;
  const object = newId(objectId);
  const { publicKey, privateKey } = await createObjectKeyPair();
  const issuedAt = now();
  const statement = statements.sign({
    type: 'sotto/object-key/v1' as const,
    ...{ clinic, pseudonym, visit, object, publicKey: toBase64url(publicKey), issuedAt: issuedAt.toISOString() },
  });
  let index: number;
  try {
    index = await database.transaction(async (transaction) => {
      if (await isPatientShredded(transaction, pseudonym)) throw new PatientShredded();
      const patientKey =
        (await newestPatientKey(transaction, pseudonym)) ??
        (await createPatientKey(context, transaction, pseudonym, 1));
      const { version } = patientKey;
      const wrapped = await withPatientKey(context, patientKey, (key) =>
        wrapByPatientKey(key, version, privateKey, objectKeyAad(clinic, pseudonym, version, object)),
      );
      const after = payloadHash(statement.payload);
      const about = { action: 'object.mint', resource: `object:${object}`, patient: pseudonym, after };
      const entryIndex = await log.append(transaction, [entryOf(issuedAt, { ...systemActor, ...about })]);
      await transaction.insert(objectKeyTable).values({
        ...{ object, pseudonym, patientVersion: version, visit, wrapped, entryIndex },
        statement: JSON.stringify(statement),
        madeAt: issuedAt,
      });
      return entryIndex;
    });
  } finally {
    privateKey.fill(0);
  }
  await log.cover();
  return { statement, proof: await log.prove(index) };
}

/** An object's key as it is stored, with the patient's key that wraps it. */
export interface StoredObject {
  readonly object: ObjectId;
  readonly pseudonym: PatientId;
  readonly visit: VisitId | null;
  readonly wrapped: Bytes;
  readonly patientKey: { readonly pseudonym: PatientId; readonly version: number; readonly wrapped: Bytes };
}

/**
 * Those of the objects that there are, and that weren't shredded. A row that isn't what the keystore signed when it was
 * minted isn't there: whoever edits the database moves no object to another patient or visit.
 */
export async function findObjects(
  { database, statements, clinic }: Pick<KeystoreContext, 'database' | 'statements' | 'clinic'>,
  objects: readonly ObjectId[],
): Promise<StoredObject[]> {
  const shredded = database
    .select()
    .from(shreddedTable)
    .where(
      and(
        eq(shreddedTable.pseudonym, objectKeyTable.pseudonym),
        or(isNull(shreddedTable.object), eq(shreddedTable.object, objectKeyTable.object)),
      ),
    );
  const rows = await database
    .select({ own: objectKeyTable, patientKey: patientKeyTable })
    .from(objectKeyTable)
    .innerJoin(
      patientKeyTable,
      and(
        eq(patientKeyTable.pseudonym, objectKeyTable.pseudonym),
        eq(patientKeyTable.version, objectKeyTable.patientVersion),
      ),
    )
    .where(and(inArray(objectKeyTable.object, [...objects]), notExists(shredded)));
  return rows.flatMap(({ own, patientKey }) => {
    const { object, pseudonym, visit, wrapped } = own;
    const minted = parseStatement(own.statement);
    const { payload } = minted;
    const isAsMinted =
      payload.type === 'sotto/object-key/v1' &&
      payload.clinic === clinic &&
      payload.object === object &&
      payload.pseudonym === pseudonym &&
      payload.visit === visit;
    return isAsMinted && isSigned(statements.publicKey, minted)
      ? { object, pseudonym, visit, wrapped, patientKey }
      : [];
  });
}

const mintedStatement = z.object({
  payload: z.looseObject({
    ...{ type: z.string(), clinic: z.string(), object: z.string(), pseudonym: z.string() },
    visit: z.string().nullable(),
  }),
  signature: z.string(),
});

function parseStatement(text: string): z.infer<typeof mintedStatement> {
  try {
    return mintedStatement.parse(JSON.parse(text));
  } catch {
    throw new LogStopped('damaged');
  }
}

/**
 * The private seed of an object.
 *
 * @returns 32 bytes that the caller wipes
 * @throws MasterKeyError if a wrap isn't this object's, or the master key can't be used
 */
export function openObject(
  context: Pick<KeystoreContext, 'master' | 'clinic'>,
  { object, pseudonym, wrapped, patientKey }: StoredObject,
): Promise<Bytes> {
  const { version } = patientKey;
  return withPatientKey(context, patientKey, (key) =>
    unwrapByPatientKey(key, version, wrapped, objectKeyAad(context.clinic, pseudonym, version, object)),
  );
}

import type { ProvenEntry } from '@sotto/audit';
import { type ObjectId, objectId, type PatientId, type VisitId } from '@sotto/protocol/ids';
import {
  type ObjectKeyStatement,
  objectKeyStatement,
  type RegistrationStatement,
  registrationStatement,
} from '@sotto/protocol/keystore';
import type { Transaction } from '@sotto/service/postgres';
import { createObjectKeyPair } from '@sotto/vault';
import { and, eq, inArray, isNull, notExists, or } from 'drizzle-orm';
import { type Bytes, toBase64url } from '../bytes.ts';
import { objectKeyTable, patientKeyTable, registrationTable, shreddedTable } from '../database/schema.ts';
import { LogStopped, PatientShredded, VisitOfAnother } from '../errors.ts';
import { newId } from '../ids.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { entryOf, systemActor } from '../log/entry.ts';
import { payloadHash, type StatementSigner } from '../statement.ts';
import { parseStored } from '../stored.ts';
import { objectKeyAad } from './association.ts';
import { createPatientKey, isWrappingKeyOf, newestPatientKey, withPatientKey } from './patientKeys.ts';
import { unwrapByPatientKey, wrapByPatientKey } from './patientWrap.ts';
import { isPatientShredded } from './shredding.ts';
import { isVisitOfAnother } from './visitPatient.ts';

/** A new object: what the writer's browser verifies before it seals anything to the key (SPEC.md section 3). */
export interface MintedObject {
  readonly statement: ObjectKeyStatement;
  /** The entry that has the statement's hash. */
  readonly proof: ProvenEntry;
}

/**
 * Makes an object's key pair: the public half comes back in a signed and logged statement, the private half stays,
 * wrapped under the patient's newest key. A patient who has none gets a first one.
 *
 * A visit is of the patient whose object was the first in it, or whose key was.
 *
 * @throws PatientShredded, VisitOfAnother, MasterKeyError, LogStopped, or the driver's error; then there is no such object to rely on
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
      if (visit !== null && (await isVisitOfAnother(context, transaction, { visit, pseudonym }))) {
        throw new VisitOfAnother();
      }
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
  /** As the keystore signed it. */
  readonly mintedAt: Date;
  /** Null while nobody has handed it in. */
  readonly registration: RegistrationStatement | null;
  readonly patientKey: { readonly pseudonym: PatientId; readonly version: number; readonly wrapped: Bytes };
}

/**
 * Those of the objects that there are, and that weren't shredded. A row that isn't what the keystore signed when it was
 * minted isn't there: whoever edits the database moves no object to another patient or visit.
 */
export async function findObjects(
  {
    database,
    statements,
    clinic,
  }: { readonly database: Pick<Transaction, 'select'> } & Pick<KeystoreContext, 'statements' | 'clinic'>,
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
    .select({ own: objectKeyTable, patientKey: patientKeyTable, registration: registrationTable })
    .from(objectKeyTable)
    .innerJoin(patientKeyTable, isWrappingKeyOf(objectKeyTable))
    .leftJoin(registrationTable, eq(registrationTable.object, objectKeyTable.object))
    .where(and(inArray(objectKeyTable.object, [...objects]), notExists(shredded)));
  return rows.flatMap(({ own, patientKey, registration }) => {
    const { object, pseudonym, visit, wrapped } = own;
    const minted = statements.read(objectKeyStatement, own.statement);
    if (minted === null) {
      if (parseStored(objectKeyStatement, own.statement) === null) throw new LogStopped('damaged');
      return [];
    }
    const { payload } = minted;
    const isAsMinted =
      payload.clinic === clinic &&
      payload.object === object &&
      payload.pseudonym === pseudonym &&
      payload.visit === visit;
    return isAsMinted
      ? {
          object,
          pseudonym,
          visit,
          wrapped,
          mintedAt: new Date(payload.issuedAt),
          patientKey,
          registration: registrationOf(registration, minted, statements),
        }
      : [];
  });
}

/** As `findObjects` of each list, in their order. */
export async function findObjectsOfEach(
  context: Parameters<typeof findObjects>[0],
  lists: readonly (readonly ObjectId[])[],
): Promise<StoredObject[][]> {
  const found = new Map(
    (await findObjects(context, [...new Set(lists.flat())])).map((object) => [object.object, object]),
  );
  return lists.map((list) => list.flatMap((object) => found.get(object) ?? []));
}

/**
 * What was handed in for an object, as it was signed; null if nothing was.
 *
 * @throws LogStopped `damaged` if the row isn't what the keystore signed for this very object
 */
function registrationOf(
  row: typeof registrationTable.$inferSelect | null,
  { payload: { clinic, pseudonym, visit, object } }: ObjectKeyStatement,
  statements: StatementSigner,
): RegistrationStatement | null {
  if (row === null) return null;
  const statement = statements.read(registrationStatement, row.statement);
  const isOfIt =
    statement?.payload.object === object &&
    statement.payload.clinic === clinic &&
    statement.payload.pseudonym === pseudonym &&
    statement.payload.visit === visit;
  if (!isOfIt) throw new LogStopped('damaged');
  return statement;
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

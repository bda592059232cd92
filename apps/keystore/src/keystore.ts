import { randomBytes } from 'node:crypto';
import { LastSigned } from '@sotto/audit/postgres';
import { StartError } from '@sotto/service/errors';
import { connectDatabase, type DatabaseConnection, isUnavailable } from '@sotto/service/postgres';
import { copy, toBase64url } from './bytes.ts';
import type { CoreSettings } from './configuration.ts';
import { assertOwnDatabase } from './database/ownDatabase.ts';
import { installationTable, shreddedTable } from './database/schema.ts';
import { Acts } from './directory/acts.ts';
import { LogStopped, ReleaseStopped } from './errors.ts';
import { noteMasterVersion } from './keys/patientKeys.ts';
import { replayShreddings } from './keys/shredding.ts';
import { openShredJournal, type ShredJournal } from './keys/shredJournal.ts';
import type { KeystoreContext } from './keystoreContext.ts';
import { AccessLog } from './log/accessLog.ts';
import { verifyWholeLog } from './log/wholeLog.ts';
import type { MasterKey } from './master/masterKey.ts';
import type { SigningPolicy } from './release/policy.ts';
import { RequestLedger } from './requestLedger.ts';

/** An opened keystore: checked from end to end, ready to serve. */
export interface Keystore {
  readonly context: KeystoreContext;
  readonly connection: DatabaseConnection;
  readonly requests: RequestLedger;
  readonly acts: Acts;
  readonly journal: ShredJournal;
  /** Keys that a restored backup had brought back, shredded again. */
  readonly replayed: number;
  close(): Promise<void>;
}

/**
 * Opens a keystore over its database, or refuses to (SPEC.md section 8).
 *
 * @param master is closed with the keystore, or if it can't be opened
 * @param policy who may sign which act
 * @param onIdleFault told when an idle database connection breaks
 * @throws StartError with what to do
 */
export async function openKeystore(
  settings: CoreSettings,
  master: MasterKey,
  policy: SigningPolicy,
  onIdleFault: (fault: unknown) => void,
): Promise<Keystore> {
  const connection = connectDatabase(settings.databaseUrl, { application: 'sotto-keystore', onIdleFault });
  const close = async () => {
    await connection.close();
    await master.close();
  };
  try {
    const { database } = connection;
    const { clinic, party, recoveryKey, statements, logSigner: signer, witness, writeOnce } = settings;
    const random = (length: number) => copy(randomBytes(length));
    const lastSigned = new LastSigned(`${settings.shredJournalFile}.signed`, signer.key);
    const log = new AccessLog({ database, signer, witness, memory: lastSigned, writeOnce, random });
    const context = { clinic, database, log, master, recoveryKey, statements, now: () => new Date() };
    await assertOwnDatabase(connection);
    await assertOwnInstallation(context);
    const variable = 'KEYSTORE_SHRED_JOURNAL_FILE';
    const journal = openShredJournal(settings.shredJournalFile, statements.publicKey, variable);
    const replayed = await settleShreddings(context, journal);
    await assertLog(context, settings);
    await noteMasterVersion(context, database);
    const requests = new RequestLedger(context);
    const acts = new Acts({ context, requests, journal, party, policy });
    const closeAll = async () => {
      await lastSigned.flush().catch(() => undefined);
      await close();
    };
    return { context, connection, requests, acts, journal, replayed, close: closeAll };
  } catch (fault) {
    await close();
    if (isUnavailable(fault)) throw new StartError('The key database does not answer; start its server first.');
    throw fault;
  }
}

async function assertOwnInstallation({ database, clinic, recoveryKey, now }: KeystoreContext): Promise<void> {
  await database.insert(installationTable).values({ clinic, recoveryKey, madeAt: now() }).onConflictDoNothing();
  const [installed] = await database.select().from(installationTable);
  if (installed?.clinic !== clinic) {
    throw new StartError('The key database is another clinic’s: correct KEYSTORE_CLINIC_ID or the database’s address.');
  }
  if (toBase64url(installed.recoveryKey) !== toBase64url(recoveryKey)) {
    throw new StartError('KEYSTORE_RECOVERY_KEY_FILE isn’t the recovery key that this database’s keys are wrapped to.');
  }
}

/** Database and journal each get what only the other has: a crash between them, or a restored backup. */
async function settleShreddings({ database }: KeystoreContext, journal: ShredJournal): Promise<number> {
  const written = await journal.read();
  const replayed = await replayShreddings(database, written);
  const signatures = new Set(written.map(({ signature }) => signature));
  for (const { receipt } of await database.select().from(shreddedTable)) {
    const parsed = JSON.parse(receipt) as (typeof written)[number];
    if (!signatures.has(parsed.signature)) await journal.append(parsed);
  }
  return replayed;
}

async function assertLog(context: KeystoreContext, { logSigner, witness }: CoreSettings): Promise<void> {
  const stopped = new StartError(
    'The access log doesn’t verify: run audit verify over it, and don’t restore or change anything before a person has looked.',
  );
  const { findings } = await verifyWholeLog(context, logSigner.key, witness.key);
  if (findings.length > 0) throw stopped;
  try {
    await context.log.cover();
  } catch (fault) {
    if (fault instanceof LogStopped) throw stopped;
    if (!(fault instanceof ReleaseStopped)) throw fault;
    if (fault.code === 'unavailable') {
      throw new StartError(
        'A checkpoint can’t be written beside KEYSTORE_SHRED_JOURNAL_FILE or to KEYSTORE_WRITE_ONCE_DIR.',
      );
    }
    // It serves, and releases nothing until the witness is heard.
  }
}

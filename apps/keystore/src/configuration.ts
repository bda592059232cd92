import { parseVerifierKey } from '@sotto/audit';
import { nodeTreeHasher } from '@sotto/audit/postgres';
import { createHttpWitnessClient, readLogSigner } from '@sotto/audit/witness';
import { createTokenVerifier, identityKey, type TokenVerifier } from '@sotto/protocol/credential';
import { clinicId } from '@sotto/protocol/ids';
import {
  host,
  origins,
  parseJson,
  path,
  port,
  readEnvironment,
  readPublic,
  readSecret,
} from '@sotto/service/environment';
import { StartError } from '@sotto/service/errors';
import { loadTlsIdentity } from '@sotto/service/tls';
import * as z from 'zod';
import { fromBase64url } from './bytes.ts';
import { isHpkePublicKey } from './hpke.ts';
import { writeOnceFolder } from './log/writeOnce.ts';
import { type TwoApprovers, twoApproverModes } from './release/releasePorts.ts';
import { openStatementKey } from './statement.ts';

/** Settings of services that must not be where the keys are. */
const foreign = /^(API|SIGNALING|SFU|REDIS|AWS|S3|STORAGE)_/;

/** @throws StartError if this process was given what belongs to another service */
function assertOwnEnvironment(source: Readonly<Record<string, string | undefined>> = process.env): void {
  if (Object.keys(source).some((name) => foreign.test(name) && source[name] !== '')) {
    throw new StartError('The keystore was started with settings of another service; start it with its own alone.');
  }
}

const rpId = z.string().regex(/^[a-z0-9.-]{1,253}$/);

const coreVariables = {
  KEYSTORE_CLINIC_ID: clinicId,
  KEYSTORE_ORIGINS: origins,
  KEYSTORE_RP_ID: rpId,
  KEYSTORE_DATABASE_URL_FILE: path,
  KEYSTORE_LOG_NAME: z.string().regex(/^[\w./-]{1,200}$/),
  KEYSTORE_LOG_KEY_FILE: path,
  KEYSTORE_STATEMENT_KEY_FILE: path,
  KEYSTORE_RECOVERY_KEY_FILE: path,
  KEYSTORE_SHRED_JOURNAL_FILE: path,
  KEYSTORE_WRITE_ONCE_DIR: path.optional(),
  KEYSTORE_WITNESS_URL: z.url({ protocol: /^https?$/ }),
  KEYSTORE_WITNESS_KEY_FILE: path,
};

/**
 * What the operations need, from the environment: for the service and for the commands.
 *
 * @throws StartError naming the variable at fault
 */
export function configureCore() {
  assertOwnEnvironment();
  const named = readEnvironment(coreVariables);
  const id = named.KEYSTORE_RP_ID;
  const isUnder = (text: string) => new URL(text).hostname === id || new URL(text).hostname.endsWith(`.${id}`);
  if (!named.KEYSTORE_ORIGINS.every(isUnder)) {
    throw new StartError('KEYSTORE_RP_ID must be the host of every one of KEYSTORE_ORIGINS, or a domain above it.');
  }
  return {
    clinic: named.KEYSTORE_CLINIC_ID,
    party: { rpId: id, origins: named.KEYSTORE_ORIGINS },
    databaseUrl: readSecret(named.KEYSTORE_DATABASE_URL_FILE, 'KEYSTORE_DATABASE_URL_FILE'),
    logSigner: logSigner(named.KEYSTORE_LOG_KEY_FILE, named.KEYSTORE_LOG_NAME),
    statements: openStatementKey(named.KEYSTORE_STATEMENT_KEY_FILE, 'KEYSTORE_STATEMENT_KEY_FILE'),
    recoveryKey: recoveryKey(named.KEYSTORE_RECOVERY_KEY_FILE),
    shredJournalFile: named.KEYSTORE_SHRED_JOURNAL_FILE,
    writeOnce: named.KEYSTORE_WRITE_ONCE_DIR === undefined ? null : writeOnceFolder(named.KEYSTORE_WRITE_ONCE_DIR),
    witness: witness(named.KEYSTORE_WITNESS_URL, named.KEYSTORE_WITNESS_KEY_FILE),
  };
}
export type CoreSettings = ReturnType<typeof configureCore>;

function logSigner(file: string, name: string) {
  try {
    return readLogSigner(readSecret(file, 'KEYSTORE_LOG_KEY_FILE'), name);
  } catch (fault) {
    if (fault instanceof StartError) throw fault;
    throw new StartError('The file that KEYSTORE_LOG_KEY_FILE names doesn’t hold an Ed25519 key in PEM form.');
  }
}

function recoveryKey(file: string) {
  const text = readPublic(file, 'KEYSTORE_RECOVERY_KEY_FILE');
  const key = fromBase64url(text);
  if (!/^[A-Za-z0-9_-]{1622}$/.test(text) || !isHpkePublicKey(key)) {
    throw new StartError(
      'The file that KEYSTORE_RECOVERY_KEY_FILE names holds no recovery key: hold the ceremony first.',
    );
  }
  return key;
}

function witness(url: string, file: string) {
  try {
    const key = parseVerifierKey(readPublic(file, 'KEYSTORE_WITNESS_KEY_FILE'), nodeTreeHasher.sha256);
    return createHttpWitnessClient(url.replace(/\/$/, ''), key);
  } catch (fault) {
    if (fault instanceof StartError) throw fault;
    throw new StartError('The file that KEYSTORE_WITNESS_KEY_FILE names doesn’t hold a witness’s verifier key.');
  }
}

/** Whose policies decide, and by whose clock. @throws StartError naming the variable at fault */
export function configurePolicy() {
  const named = readEnvironment({
    KEYSTORE_CLINIC_ID: clinicId,
    KEYSTORE_TIME_ZONE: z.string().regex(/^[\w+/-]{1,64}$/),
  });
  return { id: named.KEYSTORE_CLINIC_ID, timeZone: named.KEYSTORE_TIME_ZONE };
}

/**
 * Days after which a recording's key is deleted; null: never by itself.
 *
 * @throws StartError naming the variable at fault, or if recordings must be kept for longer
 */
export function configureExpiry(): number | null {
  const days = z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(36_500));
  const named = readEnvironment({
    KEYSTORE_RECORDING_DELETE_DAYS: days.optional(),
    KEYSTORE_RECORDING_RETENTION_DAYS: days.optional(),
  });
  const { KEYSTORE_RECORDING_DELETE_DAYS: deleted = null, KEYSTORE_RECORDING_RETENTION_DAYS: kept = 0 } = named;
  if (deleted !== null && deleted < kept) {
    throw new StartError(
      `KEYSTORE_RECORDING_DELETE_DAYS would delete recordings that must be kept for ${kept} days: make it at least as many, or leave it out.`,
    );
  }
  return deleted;
}

/** When a release needs a second person's signature. @throws StartError naming the variable at fault */
export function configureApprovals(): TwoApprovers {
  const named = readEnvironment({ KEYSTORE_TWO_APPROVERS: z.enum(twoApproverModes).default('none') });
  return named.KEYSTORE_TWO_APPROVERS;
}

/**
 * Who signed the credentials of a visit's members: the api's identity keys, those of before too, for as long as recordings
 * of their time may be handed in.
 *
 * @throws StartError naming the variable at fault
 */
export function configureIdentities(): Promise<TokenVerifier> {
  const named = readEnvironment({ KEYSTORE_CLINIC_ID: clinicId, KEYSTORE_IDENTITY_KEYS_FILE: path });
  const text = readPublic(named.KEYSTORE_IDENTITY_KEYS_FILE, 'KEYSTORE_IDENTITY_KEYS_FILE');
  const keys = parseJson(text, z.array(identityKey).min(1).max(16), 'KEYSTORE_IDENTITY_KEYS_FILE');
  return createTokenVerifier(keys, named.KEYSTORE_CLINIC_ID);
}

/** Where the service listens, and whom it believes. @throws StartError naming the variable at fault */
export function configureListener() {
  const named = readEnvironment({
    KEYSTORE_HOST: host,
    KEYSTORE_PORT: port,
    KEYSTORE_TLS_CERT: path,
    KEYSTORE_TLS_KEY: path,
    KEYSTORE_TLS_CA: path,
  });
  return {
    host: named.KEYSTORE_HOST,
    port: named.KEYSTORE_PORT,
    tls: loadTlsIdentity(named.KEYSTORE_TLS_CERT, named.KEYSTORE_TLS_KEY, 'KEYSTORE_TLS'),
    ca: readPublic(named.KEYSTORE_TLS_CA, 'KEYSTORE_TLS_CA'),
  };
}

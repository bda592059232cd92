import { parseVerifierKey } from '@sotto/audit';
import { nodeTreeHasher } from '@sotto/audit/postgres';
import { createHttpWitnessClient, readLogSigner } from '@sotto/audit/witness';
import { birthDateSettings, cliniciansSettings } from '@sotto/protocol/clinic';
import { clinicId } from '@sotto/protocol/ids';
import { host, origin, origins, path, port, readEnvironment, readPublic, readSecret } from '@sotto/service/environment';
import { StartError } from '@sotto/service/errors';
import type { DatabaseConnection } from '@sotto/service/postgres';
import { loadTlsIdentity } from '@sotto/service/tls';
import * as z from 'zod';
import { createAttemptLimits } from './attemptLimit.ts';
import { createBlindIndexes } from './blindIndex.ts';
import { type ClinicContext, passwordSessionSettings } from './clinicContext.ts';
import { connectClinicDatabase } from './clinicDatabase.ts';
import type { ApiLog } from './events.ts';
import { createFieldKeys } from './fieldKeys.ts';
import { createIssuer } from './issuer.ts';
import type { KeystoreClient, KeystoreLink } from './keystoreClient.ts';
import { createPatientFields } from './patientFields.ts';
import { createFieldSealer } from './sealedField.ts';
import type { SignalingLink } from './signalingControl.ts';

const clinicVariables = {
  API_ORIGINS: origins,
  API_DATABASE_URL_FILE: path,
  API_IDENTITY_KEY_FILE: path,
  API_FIELD_KEY_FILE: path,
  API_INDEX_KEY_FILE: path,
  API_CLINIC_ID: clinicId,
  API_BIRTH_DATES: z.enum(birthDateSettings).default('required'),
  API_PASSWORD_SESSIONS: z.enum(passwordSessionSettings).default('limited'),
  API_IDLE_LOCK_MINUTES: z.coerce.number().int().min(1).max(60).default(15),
};

/**
 * What the operations need, from the environment: for the service and for the seed.
 *
 * @param keystore has patients' field keys
 * @param log told when an idle database connection breaks, and when patients' keys are lost
 * @throws StartError naming the variable at fault
 */
export async function configureClinic(
  keystore: Pick<KeystoreClient, 'fieldKeys'>,
  log: Pick<ApiLog, 'warn' | 'error'>,
): Promise<{ context: ClinicContext; connection: DatabaseConnection; origins: readonly string[] }> {
  const named = readEnvironment(clinicVariables);
  const [issuer, fields, blindIndexes] = await Promise.all([
    createIssuer(readSecret(named.API_IDENTITY_KEY_FILE, 'API_IDENTITY_KEY_FILE'), named.API_CLINIC_ID),
    createFieldSealer(readSecret(named.API_FIELD_KEY_FILE, 'API_FIELD_KEY_FILE')),
    createBlindIndexes(named.API_CLINIC_ID, readSecret(named.API_INDEX_KEY_FILE, 'API_INDEX_KEY_FILE')),
  ]);
  const connection = connectClinicDatabase(
    readSecret(named.API_DATABASE_URL_FILE, 'API_DATABASE_URL_FILE'),
    named.API_CLINIC_ID,
    {
      application: 'sotto-api',
      onIdleFault: (error) => log.warn('databaseConnectionLost', { error }),
    },
  );
  const keys = createFieldKeys(keystore, (count) => log.error('fieldKeyLost', { count }));
  return {
    connection,
    origins: named.API_ORIGINS,
    context: {
      clinicId: named.API_CLINIC_ID,
      database: connection.database,
      fields,
      patientFields: createPatientFields(named.API_CLINIC_ID, keys, fields),
      blindIndexes,
      issuer,
      limits: createAttemptLimits(),
      origin: named.API_ORIGINS[0],
      birthDates: named.API_BIRTH_DATES,
      passwordSessions: named.API_PASSWORD_SESSIONS,
      idleLockSeconds: named.API_IDLE_LOCK_MINUTES * 60,
      now: () => new Date(),
    },
  };
}

/**
 * By what the platform's log is signed and cosigned, and where its last checkpoint is remembered.
 *
 * @throws StartError naming the variable at fault
 */
export function configurePlatformLog() {
  const named = readEnvironment({
    API_LOG_NAME: z.string().regex(/^[\w./-]{1,200}$/),
    API_LOG_KEY_FILE: path,
    API_LOG_SIGNED_FILE: path,
    API_WITNESS_URL: z.url({ protocol: /^https?$/ }),
    API_WITNESS_KEY_FILE: path,
  });
  const [pem, verifier] = [
    readSecret(named.API_LOG_KEY_FILE, 'API_LOG_KEY_FILE'),
    readPublic(named.API_WITNESS_KEY_FILE, 'API_WITNESS_KEY_FILE'),
  ];
  try {
    const witness = parseVerifierKey(verifier, nodeTreeHasher.sha256);
    return {
      signer: readLogSigner(pem, named.API_LOG_NAME),
      signedFile: named.API_LOG_SIGNED_FILE,
      witness: createHttpWitnessClient(named.API_WITNESS_URL.replace(/\/$/, ''), witness),
    };
  } catch {
    throw new StartError(
      'API_LOG_KEY_FILE must name an Ed25519 key in PEM form, and API_WITNESS_KEY_FILE a witness’s verifier key.',
    );
  }
}

/** Where the service listens, what it tells clients, where the client is, and by whose clock it decides. */
export function configureListener() {
  const named = readEnvironment({
    API_HOST: host,
    API_PORT: port,
    API_TLS_CERT: path,
    API_TLS_KEY: path,
    API_SIGNALING_URL: origin,
    API_WEB_ROOT: path,
    API_CLINIC_ID: clinicId,
    API_TIME_ZONE: z.string().regex(/^[\w+/-]{1,64}$/),
    API_CLINICIANS: z.enum(cliniciansSettings).default('any'),
  });
  return {
    host: named.API_HOST,
    port: named.API_PORT,
    tls: loadTlsIdentity(named.API_TLS_CERT, named.API_TLS_KEY, 'API_TLS'),
    signalingUrl: named.API_SIGNALING_URL,
    webRoot: named.API_WEB_ROOT,
    clinicians: named.API_CLINICIANS,
    clinic: { id: named.API_CLINIC_ID, timeZone: named.API_TIME_ZONE },
  };
}

/** Where signaling hears which sessions were ended, and how it and the api know each other. @throws StartError naming the variable at fault */
export function configureControl(): SignalingLink {
  const named = readEnvironment({
    API_CONTROL_URL: origin,
    API_CONTROL_CERT: path,
    API_CONTROL_KEY: path,
    API_CONTROL_CA: path,
  });
  return {
    url: named.API_CONTROL_URL,
    tls: loadTlsIdentity(named.API_CONTROL_CERT, named.API_CONTROL_KEY, 'API_CONTROL'),
    ca: readPublic(named.API_CONTROL_CA, 'API_CONTROL_CA'),
  };
}

/** Where the keystore is, and how it and the api know each other. @throws StartError naming the variable at fault */
export function configureKeystore(): Omit<KeystoreLink, 'onFault'> {
  const named = readEnvironment({
    API_KEYSTORE_URL: origin,
    API_KEYSTORE_CERT: path,
    API_KEYSTORE_KEY: path,
    API_KEYSTORE_CA: path,
  });
  return {
    url: named.API_KEYSTORE_URL,
    tls: loadTlsIdentity(named.API_KEYSTORE_CERT, named.API_KEYSTORE_KEY, 'API_KEYSTORE'),
    ca: readPublic(named.API_KEYSTORE_CA, 'API_KEYSTORE_CA'),
  };
}

import { join } from 'node:path';
import type { Certificates } from '../ca/certificates.ts';
import type { DatabaseRoles } from '../postgres/databaseRoles.ts';
import type { ClinicKeys } from './clinicKeys.ts';
import type { KeystoreKeys } from './keystoreKeys.ts';
import { type Network, originsOf } from './network.ts';
import type { PlatformLogKeys } from './platformLogKeys.ts';
import type { Ports } from './ports.ts';

/** Everything that the services' environments are made of. */
export interface System {
  repository: string;
  network: Network;
  ports: Ports;
  certificates: Certificates;
  keys: ClinicKeys;
  roles: DatabaseRoles;
  /** Folder of recordings, where the operator names no other place. */
  recordings: string;
  keystore: { keys: KeystoreKeys; roles: DatabaseRoles };
  platformLog: PlatformLogKeys;
  /** File with the verifier keys of the logs that the witness knows. */
  witnessedLogs: string;
  /** Absolute path of the mediasoup worker's binary. */
  worker: string;
  workers: number;
}

type Environment = Record<string, string>;

/** What every service and command gets of our environment; nothing else is handed down. */
export function inherited(): Environment {
  const passed = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'NODE_COMPILE_CACHE'];
  const values = passed.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(values), NODE_ENV: 'production', TZ: 'UTC' };
}

/** The canonical `https://` address of the client and the API. */
export function webOrigin({ network, ports }: Pick<KeystoreSystem, 'network' | 'ports'>): string {
  return originsOf(network, ports.web)[0] ?? '';
}

/** The canonical `https://` address of signaling. */
export function signalingOrigin({ network, ports }: Pick<System, 'network' | 'ports'>): string {
  return originsOf(network, ports.signaling)[0] ?? '';
}

/** Folder of the built client. */
export function clientFolder(repository: string): string {
  return join(repository, 'apps/web/out');
}

export function migrateEnvironment({ roles }: Pick<System, 'roles'>): Environment {
  return {
    ...inherited(),
    API_OWNER_DATABASE_URL_FILE: roles.owner.urlFile,
    API_DATABASE_URL_FILE: roles.app.urlFile,
  };
}

/** Where recordings are kept is the operator's to set; without a word, in the data folder. */
const storageSettings = [
  'API_STORAGE',
  'API_STORAGE_FOLDER',
  'API_STORAGE_S3_ENDPOINT',
  'API_STORAGE_S3_REGION',
  'API_STORAGE_S3_BUCKET',
  'API_STORAGE_S3_CREDENTIALS_FILE',
  'API_STORAGE_S3_ENCRYPTION',
  'API_STORAGE_S3_RETENTION',
  'API_RECORDING_RETENTION_DAYS',
  'API_RECORDING_ABANDON_DAYS',
];

/** When two must sign, and when a recording's time is over, is the operator's to set too. */
/** Who collects a service's log by syslog; without a word, nobody. */
const syslogSettings = (prefix: string): readonly string[] =>
  ['HOST', 'PORT', 'CA', 'CERT', 'KEY', 'CURSOR_FILE'].map((name) => `${prefix}_SYSLOG_${name}`);

const keystoreSettings = ['KEYSTORE_TWO_APPROVERS', 'KEYSTORE_RECORDING_DELETE_DAYS', ...syslogSettings('KEYSTORE')];

/** Where mail goes is the operator's to set; without a word, to a page. */
const mailSettings = [
  'API_MAIL',
  'API_SMTP_HOST',
  'API_SMTP_PORT',
  'API_SMTP_TLS',
  'API_SMTP_FROM',
  'API_SMTP_LOGIN_FILE',
  'API_SMTP_CA',
];

/** So is by what other service staff may sign in; without a word, by none. */
const providerSettings = [
  'API_OIDC_ISSUER',
  'API_OIDC_CLIENT_ID',
  'API_OIDC_CLIENT_SECRET_FILE',
  'API_OIDC_CLIENT_KEY_FILE',
  'API_OIDC_LABEL',
  'API_OIDC_PROMPT',
  // Of one whose certificate the machine doesn't know.
  'NODE_EXTRA_CA_CERTS',
];

/** Whom incidents are told to besides is the operator's to set; without a word, nobody but by mail. */
const alertSettings = [
  'API_ALERT_WEBHOOK_URL',
  'API_ALERT_WEBHOOK_KEY_FILE',
  'API_ALERT_SMS_URL',
  'API_ALERT_SMS_TOKEN_FILE',
  'API_ALERT_SMS_TO',
  'API_ALERT_CA',
];

/** Those of the settings that the operator has set. */
const setOf = (names: readonly string[], source: NodeJS.ProcessEnv = process.env): Environment =>
  Object.fromEntries(names.map((name) => [name, source[name] ?? ''] as const).filter(([, text]) => text !== ''));

/**
 * What the operator wishes of the keystore. It is told for how long the storage keeps recordings, by a name of its own: it
 * refuses to delete them sooner, and whatever is the api's.
 */
export function keystoreWishes(source: NodeJS.ProcessEnv): Environment {
  const { API_RECORDING_RETENTION_DAYS: kept = '' } = source;
  return {
    ...setOf(keystoreSettings, source),
    ...(kept === '' ? {} : { KEYSTORE_RECORDING_RETENTION_DAYS: kept }),
  };
}

/** What the platform's own log is signed and cosigned by. */
function platformLogEnvironment({ platformLog, ports, keystore }: System): Environment {
  return {
    API_LOG_NAME: platformLog.name,
    API_LOG_KEY_FILE: platformLog.keyFile,
    API_LOG_SIGNED_FILE: platformLog.signedFile,
    API_WITNESS_URL: `http://127.0.0.1:${ports.witness}`,
    API_WITNESS_KEY_FILE: keystore.keys.witness.verifierFile,
  };
}

/** Where the api keeps recordings. */
function storageEnvironment({ keys, recordings }: Pick<System, 'keys' | 'recordings'>): Environment {
  return {
    API_STORAGE_FOLDER: recordings,
    API_STORAGE_TICKET_KEY_FILE: keys.ticketKeyFile,
    ...setOf(storageSettings),
  };
}

export function apiEnvironment(system: System): Environment {
  const { network, ports, certificates, keys, roles } = system;
  return {
    ...inherited(),
    API_HOST: network.listen,
    API_PORT: String(ports.web),
    API_TLS_CERT: certificates.web.certificate,
    API_TLS_KEY: certificates.web.key,
    API_ORIGINS: originsOf(network, ports.web).join(','),
    API_SIGNALING_URL: signalingOrigin(system),
    API_CONTROL_URL: `https://127.0.0.1:${ports.control}`,
    API_CONTROL_CERT: certificates.control.api.certificate,
    API_CONTROL_KEY: certificates.control.api.key,
    API_CONTROL_CA: certificates.control.authority.path,
    API_DATABASE_URL_FILE: roles.app.urlFile,
    API_IDENTITY_KEY_FILE: keys.identityKeyFile,
    API_FIELD_KEY_FILE: keys.fieldKeyFile,
    API_INDEX_KEY_FILE: keys.indexKeyFile,
    API_CLINIC_ID: keys.clinicId,
    API_TIME_ZONE: Intl.DateTimeFormat().resolvedOptions().timeZone,
    API_WEB_ROOT: clientFolder(system.repository),
    // The operator's to set; the api's default where it's empty.
    API_CLINICIANS: process.env['API_CLINICIANS'] ?? '',
    API_BIRTH_DATES: process.env['API_BIRTH_DATES'] ?? '',
    // The demo is there to be tried before anybody has a passkey.
    API_PASSWORD_SESSIONS: process.env['API_PASSWORD_SESSIONS'] ?? 'full',
    API_IDLE_LOCK_MINUTES: process.env['API_IDLE_LOCK_MINUTES'] ?? '15',
    ...setOf(mailSettings),
    ...setOf(providerSettings),
    ...setOf(alertSettings),
    ...setOf(syslogSettings('API')),
    ...storageEnvironment(system),
    ...platformLogEnvironment(system),
    API_KEYSTORE_URL: `https://127.0.0.1:${ports.keystore}`,
    API_KEYSTORE_CERT: certificates.keystore.api.certificate,
    API_KEYSTORE_KEY: certificates.keystore.api.key,
    API_KEYSTORE_CA: certificates.keystore.authority.path,
  };
}

export function seedEnvironment(system: System): Environment {
  return { ...apiEnvironment(system), API_CLINIC_NAME: 'Sotto Demo Clinic', API_SEED_DEMO: '1' };
}

export function signalingEnvironment({ network, ports, certificates, keys }: System): Environment {
  return {
    ...inherited(),
    SIGNALING_HOST: network.listen,
    SIGNALING_PORT: String(ports.signaling),
    SIGNALING_TLS_CERT: certificates.signaling.certificate,
    SIGNALING_TLS_KEY: certificates.signaling.key,
    SIGNALING_ORIGINS: originsOf(network, ports.web).join(','),
    SIGNALING_CLINIC_ID: keys.clinicId,
    SIGNALING_IDENTITY_KEYS_FILE: keys.identityKeysFile,
    SIGNALING_CONTROL_HOST: '127.0.0.1',
    SIGNALING_CONTROL_PORT: String(ports.control),
    SIGNALING_CONTROL_CERT: certificates.control.signaling.certificate,
    SIGNALING_CONTROL_KEY: certificates.control.signaling.key,
    SIGNALING_CONTROL_CA: certificates.control.authority.path,
  };
}

/** What the migration of the key database needs to know. */
export interface KeyDatabase {
  keystore: { roles: DatabaseRoles };
}

export function keystoreMigrateEnvironment({ keystore }: KeyDatabase): Environment {
  return {
    ...inherited(),
    KEYSTORE_OWNER_DATABASE_URL_FILE: keystore.roles.owner.urlFile,
    KEYSTORE_DATABASE_URL_FILE: keystore.roles.app.urlFile,
  };
}

/** A passkey is for one name: the canonical one, and what is below it. */
function relyingParty(system: Pick<KeystoreSystem, 'network' | 'ports'>): { id: string; origins: string[] } {
  const id = new URL(webOrigin(system)).hostname;
  const isOurs = (origin: string) => {
    const { hostname } = new URL(origin);
    return hostname === id || hostname.endsWith(`.${id}`);
  };
  return { id, origins: originsOf(system.network, system.ports.web).filter(isOurs) };
}

/** What the keystore's environment is made of. */
export interface KeystoreSystem extends Pick<System, 'network' | 'certificates' | 'keystore' | 'witnessedLogs'> {
  ports: Pick<Ports, 'web' | 'keystore' | 'witness'>;
  keys: Pick<ClinicKeys, 'clinicId' | 'identityKeysFile'>;
}

/** What the keystore and its commands are given. It refuses anything of the other services'. */
export function keystoreEnvironment(system: KeystoreSystem): Environment {
  const { ports, certificates, keys, keystore } = system;
  const { certificate, key } = certificates.keystore.keystore;
  const party = relyingParty(system);
  return {
    ...inherited(),
    KEYSTORE_HOST: '127.0.0.1',
    KEYSTORE_PORT: String(ports.keystore),
    KEYSTORE_TLS_CERT: certificate,
    KEYSTORE_TLS_KEY: key,
    KEYSTORE_TLS_CA: certificates.keystore.authority.path,
    KEYSTORE_CLINIC_ID: keys.clinicId,
    KEYSTORE_IDENTITY_KEYS_FILE: keys.identityKeysFile,
    KEYSTORE_ORIGINS: party.origins.join(','),
    KEYSTORE_RP_ID: party.id,
    KEYSTORE_DATABASE_URL_FILE: keystore.roles.app.urlFile,
    KEYSTORE_LOG_NAME: keystore.keys.logName,
    KEYSTORE_LOG_KEY_FILE: keystore.keys.logKeyFile,
    KEYSTORE_STATEMENT_KEY_FILE: keystore.keys.statementKeyFile,
    KEYSTORE_RECOVERY_KEY_FILE: keystore.keys.recoveryKeyFile,
    KEYSTORE_SHRED_JOURNAL_FILE: keystore.keys.shredJournalFile,
    KEYSTORE_WITNESS_URL: `http://127.0.0.1:${ports.witness}`,
    KEYSTORE_WITNESS_KEY_FILE: keystore.keys.witness.verifierFile,
    KEYSTORE_TIME_ZONE: Intl.DateTimeFormat().resolvedOptions().timeZone,
    KEYSTORE_MASTER: 'software',
    KEYSTORE_MASTER_KEY_FILE: keystore.keys.masterKeyFile,
    ...keystoreWishes(process.env),
  };
}

export function witnessEnvironment({
  ports,
  keystore,
  witnessedLogs,
}: Pick<KeystoreSystem, 'ports' | 'keystore' | 'witnessedLogs'>): Environment {
  const { witness } = keystore.keys;
  return {
    ...inherited(),
    WITNESS_HOST: '127.0.0.1',
    WITNESS_PORT: String(ports.witness),
    WITNESS_NAME: witness.name,
    WITNESS_KEY_FILE: witness.keyFile,
    WITNESS_STATE_FOLDER: witness.stateFolder,
    WITNESS_LOG_KEY_FILE: witnessedLogs,
  };
}

export function sfuEnvironment({ network, ports, certificates, worker, workers }: System): Environment {
  return {
    ...inherited(),
    SFU_CONTROL_URL: `https://127.0.0.1:${ports.control}`,
    SFU_TLS_CERT: certificates.control.sfu.certificate,
    SFU_TLS_KEY: certificates.control.sfu.key,
    SFU_TLS_CA: certificates.control.authority.path,
    SFU_WORKERS: String(workers),
    SFU_RTC_PORT: String(ports.rtc),
    SFU_LISTEN: network.media.join(','),
    MEDIASOUP_WORKER_BIN: worker,
  };
}

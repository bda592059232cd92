import type { Log } from '@sotto/service/log';

/** Every event that the keystore writes to its service log. What people did is in the access log, and only there. */
export const keystoreEvents = [
  'serving',
  'closed',
  'answered',
  'failedRequest',
  'databaseUnavailable',
  'databaseConnectionLost',
  'callerRefused',
  'logStopped',
  'masterKeyFailed',
  'unwitnessed',
  'fieldKeysGiven',
  'fieldKeyDamaged',
  'shredsReplayed',
  'recordingsExpired',
  'expiryFailed',
  'expiryWaits',
  'expiryDamaged',
  'expiryCapped',
  'closingsUnswept',
  'closingsUnloggable',
  'syslogDown',
  'syslogUp',
  'crashed',
] as const;

export type KeystoreLog = Log<(typeof keystoreEvents)[number]>;

import type { Log } from '@sotto/service/log';

/** Every event that the api writes to its log. */
export const apiEvents = [
  'serving',
  'closed',
  'answered',
  'failedRequest',
  'databaseUnavailable',
  'databaseConnectionLost',
  'keystoreUnavailable',
  'storageUnavailable',
  'fieldKeyLost',
  'fieldsRenewed',
  'fieldsUnrenewed',
  'recordingsKept',
  'keepingFailed',
  'mail',
  'mailFailed',
  'mailUnsent',
  'platformLogStopped',
  'platformLogUncovered',
  'platformLogUnwitnessed',
  'platformLogListenerFailed',
  'crashed',
  'seeded',
  'signedIn',
  'unlocked',
  'signInRefused',
  'passkeyCounterBack',
  'sessionsEnded',
  'visitsEnded',
  'endsUntold',
  'alerted',
  'alertUntold',
  'alertingFailed',
] as const;

export type ApiLog = Log<(typeof apiEvents)[number]>;

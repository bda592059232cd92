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
  'recordingsKept',
  'keepingFailed',
  'mail',
  'mailFailed',
  'mailUnsent',
  'crashed',
  'seeded',
  'roleGiven',
  'roleEnded',
  'accountDisabled',
  'accountEnabled',
  'signInReset',
  'staffInvited',
  'invitationWithdrawn',
  'accountBegun',
  'signedIn',
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

import type { Messages } from 'next-intl';

/** What only the pages of the keystore say: a patient's phone doesn't load it to join a visit. */
const ofKeystorePages = [
  'incidents',
  'kept',
  'keystore',
  'log',
  'note',
  'notices',
  'passkeys',
  'patientAccess',
  'playback',
  'portal',
  'record',
  'trouble',
] as const;

/** The words that every page carries. Pages of the keystore bring all of them (`AllWords`). */
export function wordsOfEveryPage(messages: Messages): Partial<Messages> {
  return Object.fromEntries(Object.entries(messages).filter(([name]) => !ofKeystorePages.some((one) => one === name)));
}

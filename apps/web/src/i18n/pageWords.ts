import type { Messages } from 'next-intl';

/** What only some pages of staff and of the keystore say: a patient's phone doesn't load it to join a visit. */
const ofSomePages = [
  'account',
  'incidents',
  'kept',
  'keystore',
  'log',
  'newPassword',
  'note',
  'notices',
  'ownSignIn',
  'passkeys',
  'patientAccess',
  'playback',
  'portal',
  'record',
  'secondStep',
  'trouble',
] as const;

/** The words that every page carries. Those pages bring all of them (`AllWords`). */
export function wordsOfEveryPage(messages: Messages): Partial<Messages> {
  return Object.fromEntries(Object.entries(messages).filter(([name]) => !ofSomePages.some((one) => one === name)));
}

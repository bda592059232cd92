import type { KeystoreCode } from '@sotto/protocol/keystoreRoutes';
import type { Trouble } from './errors.ts';

/** Under which key of the messages (`trouble`) a trouble is told. */
export type TroubleWords =
  | 'again'
  | 'notAccepted'
  | 'revoked'
  | 'denied'
  | 'openDenied'
  | 'noNotices'
  | 'lastOfficers'
  | 'notYet'
  | 'notFound'
  | 'exists'
  | 'held'
  | 'shredded'
  | 'tooMany'
  | 'witnessGone'
  | 'later'
  | 'ourFault'
  | 'cancelled'
  | 'unsupported'
  | 'noPasskey'
  | 'passkeyExists'
  | 'passkeyUnusable'
  | 'swapped'
  | 'keysChanged'
  | 'cantRemember'
  | 'notProven'
  | 'notLogged'
  | 'otherAnswer'
  | 'notTheWriter'
  | 'noteChanged'
  | 'signedOut'
  | 'unreachable';

const ofKeystore: Record<KeystoreCode, TroubleWords> = {
  invalid: 'ourFault',
  nonce: 'again',
  expired: 'again',
  assertion: 'notAccepted',
  revoked: 'revoked',
  denied: 'denied',
  notOnHost: 'denied',
  notFirst: 'denied',
  lastOfficers: 'lastOfficers',
  notYet: 'notYet',
  notFound: 'notFound',
  unknownObject: 'notFound',
  unknownCredential: 'notFound',
  conflict: 'again',
  exists: 'exists',
  held: 'held',
  notHeld: 'held',
  shredded: 'shredded',
  rateLimited: 'tooMany',
  internal: 'ourFault',
  witnessGone: 'witnessGone',
  logStopped: 'later',
  masterKey: 'later',
  unavailable: 'later',
};

/** What a person is told: by what they can do, not by where it went wrong. */
export function wordsOf(trouble: Trouble): TroubleWords {
  switch (trouble.of) {
    case 'keystore':
      return ofKeystore[trouble.code];
    case 'passkey':
      if (trouble.code === 'exists') return 'passkeyExists';
      return trouble.code === 'unusable' ? 'passkeyUnusable' : trouble.code;
    case 'evidence':
      switch (trouble.code) {
        case 'statement':
          return 'notProven';
        case 'proof':
          return 'notLogged';
        case 'request':
          return 'otherAnswer';
        case 'writer':
          return 'notTheWriter';
        case 'manifest':
        case 'content':
          return 'noteChanged';
        default:
          return trouble.code;
      }
    case 'clinic':
      switch (trouble.code) {
        case 'unauthenticated':
          return 'signedOut';
        case 'forbidden':
          return 'denied';
        case 'notFound':
          return 'notFound';
        case 'rateLimited':
          return 'tooMany';
        case 'conflict':
        case 'wrongState':
          return 'again';
        case 'unavailable':
        case 'unreachable':
          return 'unreachable';
        default:
          return 'ourFault';
      }
  }
}

import type { PlaybackCode } from '@sotto/playback/errors';
import type { KeystoreCode } from '@sotto/protocol/keystoreRoutes';
import type { Trouble } from './errors.ts';

/** Under which key of the messages (`trouble`) a trouble is told. */
export type TroubleWords =
  | 'again'
  | 'visitOver'
  | 'notAccepted'
  | 'revoked'
  | 'denied'
  | 'openDenied'
  | 'deniedCare'
  | 'deniedHours'
  | 'deniedNetwork'
  | 'deniedOver'
  | 'deniedPurpose'
  | 'deniedNotOwn'
  | 'deniedTwo'
  | 'deniedUnsure'
  | 'noNotices'
  | 'lastOfficers'
  | 'notYet'
  | 'notFound'
  | 'exists'
  | 'held'
  | 'restricted'
  | 'notRestricted'
  | 'contained'
  | 'containedPace'
  | 'containedEmergencies'
  | 'accountDisabled'
  | 'notContained'
  | 'shredded'
  | 'tooMany'
  | 'witnessGone'
  | 'later'
  | 'ourFault'
  | 'cancelled'
  | 'unsupported'
  | 'codeUnsupported'
  | 'newCodeUnsupported'
  | 'noPasskey'
  | 'passkeyExists'
  | 'passkeyUnusable'
  | 'swapped'
  | 'keysChanged'
  | 'cantRemember'
  | 'cantCheck'
  | 'notProven'
  | 'notLogged'
  | 'otherAnswer'
  | 'notTheWriter'
  | 'noteChanged'
  | 'signedOut'
  | 'ownNotAccepted'
  | 'ownRevoked'
  | 'ownNoKey'
  | 'ownSignedOut'
  | 'ownNotProven'
  | 'ownNotLogged'
  | 'ownNotTheWriter'
  | 'ownNoteChanged'
  | 'ownWitnessGone'
  | 'ownRestricted'
  | 'unreachable'
  | 'recordingNotTheWriter'
  | 'recordingChanged'
  | 'recordingNoConsent'
  | 'recordingMissing'
  | 'recordingAway'
  | 'recordingEmpty'
  | 'recordingUnsupported';

const ofPlayback: Record<PlaybackCode, TroubleWords> = {
  unreachable: 'recordingAway',
  missing: 'recordingMissing',
  spoilt: 'recordingChanged',
  empty: 'recordingEmpty',
  unsupported: 'recordingUnsupported',
};

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
  restricted: 'restricted',
  notRestricted: 'notRestricted',
  contained: 'contained',
  notContained: 'notContained',
  shredded: 'shredded',
  rateLimited: 'tooMany',
  internal: 'ourFault',
  witnessGone: 'witnessGone',
  logStopped: 'later',
  masterKey: 'later',
  unavailable: 'later',
};

/** Of openings that are held up by pace or number; null of those held up otherwise. */
export function containedWords(reasons: readonly string[]): TroubleWords | null {
  if (reasons.includes('pace')) return 'containedPace';
  return reasons.includes('emergencies') ? 'containedEmergencies' : null;
}

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
        case 'consent':
          return 'recordingNoConsent';
        default:
          return trouble.code;
      }
    case 'playback':
      return ofPlayback[trouble.code];
    case 'clinic':
      switch (trouble.code) {
        case 'unauthenticated':
          return 'signedOut';
        case 'forbidden':
        case 'stepUp':
          return 'denied';
        case 'notFound':
          return 'notFound';
        case 'rateLimited':
          return 'tooMany';
        case 'conflict':
        case 'locked':
        case 'noIntent':
          return 'again';
        case 'wrongState':
          return 'visitOver';
        case 'unavailable':
        case 'unreachable':
          return 'unreachable';
        default:
          return 'ourFault';
      }
  }
}

/**
 * Why a release was refused: the keystore's own reasons, then ids of the clinic's policies. The first that a refusal has
 * is told: what forbids before what is only not granted.
 */
const ofReason: readonly (readonly [string, TroubleWords])[] = [
  ['twoApprovers', 'deniedTwo'],
  ['purpose', 'deniedPurpose'],
  ['notOwn', 'deniedNotOwn'],
  ['assignment-is-over', 'deniedOver'],
  ['outside-network', 'deniedNetwork'],
  ['outside-hours', 'deniedHours'],
  ['undecidable', 'deniedUnsure'],
  ['policyTimeout', 'deniedUnsure'],
  ['policyFailed', 'deniedUnsure'],
  ['notGranted', 'deniedCare'],
];

/** What somebody is told whose request to open a note was refused by the rules. */
export const deniedWords = (reasons: readonly string[]): TroubleWords =>
  ofReason.find(([reason]) => reasons.includes(reason))?.[1] ?? 'openDenied';

/** What is told of a recording in place of the words for a note; null where those are true for it too. */
export function recordingWords(trouble: Trouble): TroubleWords | null {
  if (trouble.of !== 'evidence') return null;
  if (trouble.code === 'writer') return 'recordingNotTheWriter';
  return trouble.code === 'manifest' || trouble.code === 'content' ? 'recordingChanged' : null;
}

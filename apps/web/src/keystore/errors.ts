import { type PlaybackCode, PlaybackFault } from '@sotto/playback/errors';
import type { ErrorCode } from '@sotto/protocol/errors';
import type { KeystoreCode } from '@sotto/protocol/keystoreRoutes';
import { ClinicFault } from '../clinic/errors.ts';

/** The keystore refused: its code, and policy's reasons where it was policy. */
export class KeystoreFault extends Error {
  readonly code: KeystoreCode;
  readonly reasons: readonly string[];

  constructor(code: KeystoreCode, reasons: readonly string[]) {
    super(code);
    this.name = 'KeystoreFault';
    this.code = code;
    this.reasons = reasons;
  }
}

/** Why a passkey gave no answer, or a recovery code no key (`newCodeUnsupported`: none was made). Browsers say the same of a dialog that was closed and of one that ran out. */
export type PasskeyCode =
  | 'cancelled'
  | 'unsupported'
  | 'codeUnsupported'
  | 'newCodeUnsupported'
  | 'noPasskey'
  | 'exists'
  | 'unusable';

export class PasskeyFault extends Error {
  readonly code: PasskeyCode;

  constructor(code: PasskeyCode) {
    super(code);
    this.name = 'PasskeyFault';
    this.code = code;
  }
}

/**
 * What was answered doesn't prove what it says: nothing of it is used.
 * `swapped`: not the enrolment whose check code was shown. `keysChanged`: not the keystore that this browser knows. `cantRemember`: this browser keeps no keys to compare with. `cantCheck`: it can't check signatures.
 * `statement`, `proof`: a signature, or a place in the log. `request`: an answer to something else. `manifest`: the
 * note's own seal. `content`: it doesn't open. `consent`: that everybody agreed to be recorded.
 */
export type EvidenceCode =
  | 'swapped'
  | 'keysChanged'
  | 'cantRemember'
  | 'cantCheck'
  | 'statement'
  | 'proof'
  | 'request'
  | 'writer'
  | 'manifest'
  | 'content'
  | 'consent';

export class EvidenceFault extends Error {
  readonly code: EvidenceCode;

  constructor(code: EvidenceCode) {
    super(code);
    this.name = 'EvidenceFault';
    this.code = code;
  }
}

/** A fault as a page tells it, by what the person can do about it. */
export type Trouble =
  | { readonly of: 'keystore'; readonly code: KeystoreCode; readonly reasons: readonly string[] }
  | { readonly of: 'passkey'; readonly code: PasskeyCode }
  | { readonly of: 'evidence'; readonly code: EvidenceCode }
  | { readonly of: 'playback'; readonly code: PlaybackCode }
  | { readonly of: 'clinic'; readonly code: ErrorCode | 'unreachable' };

/** What isn't any of ours counts as not reached. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof KeystoreFault) return { of: 'keystore', code: error.code, reasons: error.reasons };
  if (error instanceof PasskeyFault) return { of: 'passkey', code: error.code };
  if (error instanceof EvidenceFault) return { of: 'evidence', code: error.code };
  if (error instanceof PlaybackFault) return { of: 'playback', code: error.code };
  return { of: 'clinic', code: error instanceof ClinicFault ? error.code : 'unreachable' };
}

/** Whether asking again, by itself, may help. */
export function mayPass(error: unknown): boolean {
  const trouble = troubleOf(error);
  if (trouble.of === 'clinic') return trouble.code === 'unreachable' || trouble.code === 'unavailable';
  return trouble.of === 'keystore' && ['unavailable', 'witnessGone', 'logStopped', 'masterKey'].includes(trouble.code);
}

/** The same, and a limit that is lifted by waiting. */
export function isPassing(error: unknown): boolean {
  return mayPass(error) || (error instanceof ClinicFault && error.code === 'rateLimited');
}

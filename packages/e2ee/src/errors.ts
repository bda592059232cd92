/** Why a call into the worker failed; each names what the caller can do about it. */
export const callCryptoCodes = {
  /** Called out of order: not authorized yet, no group, no pending commit, already closed. A bug of the caller. */
  wrongState: 'wrongState',
  /** An argument doesn't have the declared shape or is over its cap. A bug of the caller. */
  invalid: 'invalid',
  /** The worker is gone, and its leaf with it. Start a new one and rejoin as a new leaf. */
  dead: 'dead',
  /** A defect in here. The leaf isn't usable any more: rejoin as a new one. */
  internal: 'internal',
} as const;
export type CallCryptoCode = (typeof callCryptoCodes)[keyof typeof callCryptoCodes];

/** Thrown by `CallCrypto` for bugs and broken environments only; expected outcomes are values. Carries no input. */
export class CallCryptoError extends Error {
  override readonly name = 'CallCryptoError';
  readonly code: CallCryptoCode;

  constructor(code: CallCryptoCode) {
    super(`call crypto: ${code}`);
    this.code = code;
  }
}

/** A key that contradicts one that is already installed: the group's state can't be trusted any more. */
export class KeyConflictError extends Error {
  override readonly name = 'KeyConflictError';

  constructor() {
    super('a different key is installed for this epoch and leaf');
  }
}

/** A mistake of this program itself; never of who called it. */
export class DefectError extends Error {
  override readonly name = 'DefectError';
  readonly code = 'defect';
}

/**
 * What the master key's provider can't do.
 *
 * - `authenticity`: the wrap was changed, or is another patient's, object's or version's
 * - `unknownVersion`: wrapped by a version of the master key that the provider hasn't got
 * - `format`: not a wrap at all
 * - `pinIncorrect`, `pinLocked`: the token doesn't let us in; a person must act
 * - `tokenGone`: the token or its key was taken away, in the middle of it or before
 * - `closed`: asked after closing
 * - `failed`: the provider says that something else is wrong
 */
export type MasterKeyFault =
  | 'authenticity'
  | 'unknownVersion'
  | 'format'
  | 'pinIncorrect'
  | 'pinLocked'
  | 'tokenGone'
  | 'closed'
  | 'failed';

export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError';
  readonly code: MasterKeyFault;

  constructor(code: MasterKeyFault, options?: { cause: unknown }) {
    super(`master key: ${code}`, options);
    this.code = code;
  }
}

/** Recovery shares that don't give back the key: which rule they break. None of it repeats a share. */
export class RecoveryError extends Error {
  override readonly name = 'RecoveryError';
  readonly code: 'format' | 'checksum' | 'otherSet' | 'tooFew' | 'duplicate' | 'otherKey' | 'authenticity';

  constructor(code: RecoveryError['code']) {
    super(`recovery: ${code}`);
    this.code = code;
  }
}

/** The log is behind what was signed or witnessed, or is another one: nothing is released until a person has looked. */
export class LogStopped extends Error {
  override readonly name = 'LogStopped';
  readonly code: 'rollback' | 'fork' | 'damaged';

  constructor(code: LogStopped['code']) {
    super(`log: ${code}`);
    this.code = code;
  }
}

/** A release that was decided and recorded but can't go on now. Asking the same again may. */
export class ReleaseStopped extends Error {
  override readonly name = 'ReleaseStopped';
  /** `unavailable`: what must be kept outside the database couldn't be. */
  readonly code: 'witnessGone' | 'unavailable';

  constructor(code: ReleaseStopped['code'], options?: { cause: unknown }) {
    super(`release: ${code}`, options);
    this.code = code;
  }
}

/** The visit has an object or a key of another patient. */
export class VisitOfAnother extends Error {
  override readonly name = 'VisitOfAnother';
  readonly code = 'conflict';

  constructor() {
    super('visit: of another patient');
  }
}

/** Everything of the patient was shredded: there is never another key for that pseudonym. */
export class PatientShredded extends Error {
  override readonly name = 'PatientShredded';
  readonly code = 'shredded';
}

/** The layer of the format (SPEC.md) or the caller's port in which something failed. */
export type Layer =
  | 'context'
  | 'header'
  | 'wrap'
  | 'body'
  | 'run'
  | 'manifest'
  | 'signature'
  | 'object'
  | 'source'
  | 'sink'
  | 'keys'
  | 'signer';

/** Where in an object something failed. Numbers and names of the format only, never content. */
export interface Place {
  readonly layer: Layer;
  /** The run's number; absent for the head, and where no run is concerned. */
  readonly run?: number;
  /** The segment's number in its run's body. */
  readonly segment?: number;
}

const describe = ({ layer, run, segment }: Place): string =>
  [layer, run === undefined ? '' : `run ${run}`, segment === undefined ? '' : `segment ${segment}`]
    .filter((part) => part !== '')
    .join(', ');

/** Everything that this package throws. `code` is stable; `place` says where. Neither tells anything of the content. */
export abstract class VaultError extends Error {
  abstract readonly code: string;
  readonly place: Place;

  constructor(place: Place, options?: { cause: unknown }) {
    super(describe(place), options);
    this.place = place;
  }
}

/** The caller passed something that no caller may pass. A bug there. */
export class ArgumentError extends VaultError {
  override readonly name = 'ArgumentError';
  readonly code = 'argument';
}

/** The bytes aren't what SPEC.md says. */
export class FormatError extends VaultError {
  override readonly name = 'FormatError';
  readonly code = 'format';
}

/** A version, suite or algorithm that this program doesn't know. A newer program may. */
export class UnknownVersionError extends VaultError {
  override readonly name = 'UnknownVersionError';
  readonly code = 'unknownVersion';
}

/** Something is over its limit (SPEC.md section 12), seen before it was read. */
export class LimitError extends VaultError {
  override readonly name = 'LimitError';
  readonly code = 'limit';
}

/** Shorter or longer than it has to be: cut off, or something was added. */
export class LengthError extends VaultError {
  override readonly name = 'LengthError';
  readonly code = 'length';
}

/** A key, a tag, a hash or a signature doesn't fit the bytes: they were changed, or the key is another's. */
export class AuthenticityError extends VaultError {
  override readonly name = 'AuthenticityError';
  readonly code = 'authenticity';
}

/** Well-formed, but not what was asked for: another object, run, order, signer or manifest. */
export class MismatchError extends VaultError {
  override readonly name = 'MismatchError';
  readonly code = 'mismatch';
}

/** The run is over: closed, or dead after an error. Nothing continues under its key; begin a new run. */
export class DeadRunError extends VaultError {
  override readonly name = 'DeadRunError';
  readonly code = 'deadRun';
}

/** A port of the caller's failed or broke its contract. What it threw is the `cause`. */
export class PortError extends VaultError {
  override readonly name = 'PortError';
  readonly code = 'port';
}

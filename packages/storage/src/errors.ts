/**
 * Everything that this package throws of its own. `code` is stable and says what to do next; `reason` is the system's
 * or the server's own short code, such as `ENOSPC` or `SlowDown`. No name, path, address or content is in either.
 */
export abstract class StorageError extends Error {
  abstract readonly code: string;
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

/** The caller passed what no caller may pass. A bug there. */
export class ArgumentError extends StorageError {
  override readonly name = 'ArgumentError';
  readonly code = 'argument';
}

/** The store can't be reached, or doesn't answer in time. Nothing is known of what was asked; ask again later. */
export class UnavailableError extends StorageError {
  override readonly name = 'UnavailableError';
  readonly code = 'unavailable';
}

/** There is no room left. Somebody must make some. */
export class FullError extends StorageError {
  override readonly name = 'FullError';
  readonly code = 'full';
}

/** The store doesn't let us: credentials or permissions. */
export class DeniedError extends StorageError {
  override readonly name = 'DeniedError';
  readonly code = 'denied';
}

/** The store isn't set up as SPEC.md asks, or doesn't do what it promised: it isn't to be used as it is. */
export class ConfigurationError extends StorageError {
  override readonly name = 'ConfigurationError';
  readonly code = 'configuration';
}

/** Fewer bytes came, or are there, than were told. None of them is handed on. */
export class TruncatedError extends StorageError {
  override readonly name = 'TruncatedError';
  readonly code = 'truncated';
}

/**
 * Faults of this package, each with a stable `code`. No message carries content of an entry, a key or a salt.
 * What a verifier finds wrong in a log is not an error but a {@link Finding}.
 */
export class AuditFormatError extends Error {
  override readonly name = 'AuditFormatError';
  /** Which layer refused: what was being parsed. */
  readonly code: 'entry' | 'note' | 'checkpoint' | 'verifierKey' | 'proof' | 'export' | 'witnessRequest' | 'evidence';

  constructor(code: AuditFormatError['code'], what: string) {
    super(`${code}: ${what}`);
    this.code = code;
  }
}

/** A caller's mistake in using the package, such as a proof asked for an index behind the end of the log. */
export class AuditUsageError extends Error {
  override readonly name = 'AuditUsageError';
  readonly code = 'usage';
}

const sentences = {
  notMigrated: 'the database has no audit log: run its migration',
  conflict: 'another writer was first: roll back and try again',
  batchTooLarge: 'more entries at once than one batch holds',
  notFound: 'the log has no such entry, or it was erased',
  notCovered: 'no signed checkpoint covers this entry yet',
  damaged: 'the stored tree has a hole: run the verifier',
  rollback: 'the log has fewer entries than were signed or witnessed: restored from an older backup? Nothing is signed',
  fork: 'the log is not the one that the witness knows: nothing is signed',
} as const;

/** What the log in PostgreSQL can't do, with a stable `code`; the message says what it means, without content. */
export class AuditStoreError extends Error {
  override readonly name = 'AuditStoreError';
  readonly code: keyof typeof sentences;

  constructor(code: keyof typeof sentences) {
    super(sentences[code]);
    this.code = code;
  }
}

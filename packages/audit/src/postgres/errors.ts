import { DrizzleQueryError } from 'drizzle-orm/errors';

const sentences = {
  notMigrated: 'the database has no audit log: run its migration',
  otherVersion: "the database's log was made by another version of this program: start that one",
  notSeparate: 'a role of the log owns it, or may become who does: it needs a role of its own',
  conflict: 'another writer was first: roll back and try again',
  unavailable: 'the database refused it, or is not there',
  busy: 'more entries wait to be written than can be kept waiting',
  countTooLarge: "a patient's own count can't be continued: run the verifier",
  batchTooLarge: 'more entries at once than one batch holds',
  notFound: 'the log has no such entry, or it was erased',
  notCovered: 'no signed checkpoint covers this entry yet',
  damaged: 'the stored tree has a hole: run the verifier',
  rollback: 'the log has fewer entries than were signed or witnessed: restored from an older backup? Nothing is signed',
  fork: "the log isn't what its entries say, or isn't the one that was signed or witnessed: nothing is signed",
} as const;

/** What the log in PostgreSQL can't do, with a stable `code`; the message says what it means, without content. */
export class AuditStoreError extends Error {
  override readonly name = 'AuditStoreError';
  readonly code: keyof typeof sentences;

  /** @param cause without content; see `withoutContent` */
  constructor(code: keyof typeof sentences, cause?: Error) {
    super(sentences[code], cause && { cause });
    this.code = code;
  }
}

/** What PostgreSQL said, by its SQLSTATE alone: its messages may quote the row that they are about. */
class DatabaseRefusal extends Error {
  override readonly name = 'DatabaseRefusal';
  readonly code: string;

  constructor(code: string) {
    super(`the database refused (${code})`);
    this.code = code;
  }
}

const sqlState = /^[0-9A-Z]{5}$/;
/** No such schema, table or function. */
const notMigrated: readonly string[] = ['3F000', '42P01', '42883'];
/** What `audit.erase` says of an entry that isn't there. */
const noData = 'P0002';

/**
 * The driver's error without what was sent: its own carries the statement and its parameters, which are entries, salts
 * and pseudonyms. Anything else is given back as it is.
 */
export function withoutContent(error: unknown): unknown {
  if (!(error instanceof DrizzleQueryError)) return error;
  const { cause } = error;
  const code = cause && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  if (notMigrated.includes(code)) return new AuditStoreError('notMigrated');
  if (code === noData) return new AuditStoreError('notFound');
  // A fault of the connection has no row to tell of.
  return new AuditStoreError('unavailable', sqlState.test(code) ? new DatabaseRefusal(code) : cause);
}

/** Whether a fault, as it is or as the driver threw it, says that the database has no log. */
export function isNotMigrated(error: unknown): boolean {
  const fault = withoutContent(error);
  return fault instanceof AuditStoreError && fault.code === 'notMigrated';
}

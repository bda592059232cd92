import type { ClinicId } from '@sotto/protocol/ids';
import type { Database } from '@sotto/service/postgres';
import type { Bytes } from './bytes.ts';
import type { AccessLog } from './log/accessLog.ts';
import type { MasterKey } from './master/masterKey.ts';
import type { StatementSigner } from './statement.ts';

/** What every operation of the keystore works with. */
export interface KeystoreContext {
  readonly clinic: ClinicId;
  readonly database: Database;
  readonly log: AccessLog;
  readonly master: MasterKey;
  /** The offline recovery key's public half. */
  readonly recoveryKey: Bytes;
  readonly statements: StatementSigner;
  readonly now: () => Date;
}

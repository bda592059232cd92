import { randomBytes } from 'node:crypto';
import { AuditStoreError, LastSigned } from '@sotto/audit/postgres';
import { StartError } from '@sotto/service/errors';
import type { Database } from '@sotto/service/postgres';
import type { configurePlatformLog } from '../configuration.ts';
import type { ApiLog } from '../events.ts';
import { PlatformLog } from './platformLog.ts';

/** So often what was recorded is signed and cosigned, where nobody reads it sooner. */
const coverMs = 30_000;

/** The log of a running service. */
export interface OpenedPlatformLog {
  readonly log: PlatformLog;
  /** Signs what was recorded until now, if it can. */
  close(): Promise<void>;
}

const isStopped = (fault: unknown): boolean =>
  fault instanceof AuditStoreError && ['rollback', 'fork', 'damaged'].includes(fault.code);

/**
 * Opens the log, or refuses to: a log that isn't the one that was signed goes on only after a person has looked.
 *
 * @throws StartError with what to do
 */
export async function openPlatformLog(
  { signer, signedFile, witness }: ReturnType<typeof configurePlatformLog>,
  database: Database,
  events: Pick<ApiLog, 'error' | 'warn'>,
): Promise<OpenedPlatformLog> {
  const memory = new LastSigned(signedFile, signer.key);
  const log = new PlatformLog({ database, signer, witness, memory, random: (length) => randomBytes(length) });
  await log.cover().catch((fault: unknown) => {
    if (!isStopped(fault)) throw fault;
    throw new StartError(
      'The platform’s log isn’t the one that was signed: run audit verify over it, and don’t restore or change anything before a person has looked.',
    );
  });
  const cover = () =>
    log.cover().then(
      () => undefined,
      (error: unknown) =>
        isStopped(error)
          ? events.error('platformLogStopped', { error })
          : events.warn('platformLogUncovered', { error }),
    );
  const timer = setInterval(() => void cover(), coverMs);
  timer.unref();
  return {
    log,
    async close() {
      clearInterval(timer);
      await cover();
      await memory.flush().catch(() => undefined);
    },
  };
}

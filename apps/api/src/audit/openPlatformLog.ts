import { randomBytes } from 'node:crypto';
import { isNotMigrated, LastSigned } from '@sotto/audit/postgres';
import { StartError } from '@sotto/service/errors';
import type { Database } from '@sotto/service/postgres';
import type { configurePlatformLog } from '../configuration.ts';
import type { ApiLog } from '../events.ts';
import { isStopping, PlatformLog } from './platformLog.ts';

/** So often what was recorded is signed and cosigned, where nobody reads it sooner. */
const coverMs = 30_000;

/** The log of a running service. */
export interface OpenedPlatformLog {
  readonly log: PlatformLog;
  /** Signs what was recorded until now, if it can. */
  close(): Promise<void>;
}

type Events = Pick<ApiLog, 'error' | 'warn'>;

/** What a person at the machine is told of a log that can't be opened; undefined where it isn't for them. */
function adviceOn(fault: unknown): string | undefined {
  if (isStopping(fault)) {
    return 'The platform’s log isn’t the one that was signed: run audit verify over it, and don’t restore or change anything before a person has looked.';
  }
  return isNotMigrated(fault) ? 'The database has no log of the platform’s: run the api’s migration.' : undefined;
}

/** Signs and has cosigned what was recorded, and tells the service's log where that isn't so. */
async function cover(log: PlatformLog, events: Events): Promise<void> {
  try {
    const tag = await log.cover();
    if (tag === 'witnessed') return;
    const since = await log.unwitnessedSince();
    const durationMs = since === null ? undefined : Date.now() - since.getTime();
    events.warn('platformLogUnwitnessed', { reason: tag, ...(durationMs === undefined ? {} : { durationMs }) });
  } catch (error) {
    if (isStopping(error)) events.error('platformLogStopped', { error });
    else events.warn('platformLogUncovered', { error });
  }
}

/**
 * Opens the log, or refuses to: a log that isn't the one that was signed goes on only after a person has looked.
 *
 * @throws StartError with what to do
 */
export async function openPlatformLog(
  { signer, signedFile, witness }: ReturnType<typeof configurePlatformLog>,
  database: Database,
  events: Events,
): Promise<OpenedPlatformLog> {
  const memory = new LastSigned(signedFile, signer.key);
  const log = new PlatformLog({
    ...{ database, signer, witness, memory },
    random: (length) => randomBytes(length),
    onListenerFault: (error) => events.error('platformLogListenerFailed', { error }),
  });
  await log.cover().catch((fault: unknown) => {
    const advice = adviceOn(fault);
    throw advice === undefined ? fault : new StartError(advice);
  });
  const timer = setInterval(() => void cover(log, events), coverMs);
  timer.unref();
  return {
    log,
    async close() {
      clearInterval(timer);
      await cover(log, events);
      await memory.flush().catch(() => undefined);
    },
  };
}

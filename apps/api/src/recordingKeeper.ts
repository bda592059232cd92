import type { ApiLog } from './events.ts';
import { keepRecordings } from './recordingKeeping.ts';
import type { RecordsContext } from './relay.ts';

const dayMs = 24 * 60 * 60_000;
/** When the keystore or the storage wasn't there. */
const againMs = 10 * 60_000;

/** Looks after recordings at the start, once a day, and when somebody says that there is a reason to. */
export interface RecordingKeeper {
  /** Soon; whoever asks doesn't wait for it. */
  look(): void;
  /** Waits for what is being done. */
  close(): Promise<void>;
}

/** Only counts are logged. */
export function createRecordingKeeper(context: RecordsContext, log: Pick<ApiLog, 'info' | 'error'>): RecordingKeeper {
  let running: Promise<void> | null = null;
  let isAsked = false;
  let again: NodeJS.Timeout | undefined;

  async function keep(): Promise<void> {
    while (isAsked) {
      isAsked = false;
      try {
        const kept = await keepRecordings(context);
        for (const [reason, count] of Object.entries(kept))
          if (count > 0) log.info('recordingsKept', { reason, count });
        if (kept.postponed > 0) {
          clearTimeout(again);
          again = setTimeout(look, againMs).unref();
        }
      } catch (error) {
        log.error('keepingFailed', { error });
      }
    }
    running = null;
  }

  function look(): void {
    isAsked = true;
    running ??= keep();
  }
  const timer = setInterval(look, dayMs);
  timer.unref();
  look();
  return {
    look,
    async close() {
      clearInterval(timer);
      isAsked = false;
      await running;
      clearTimeout(again);
    },
  };
}

import { StartError, startSentence } from './errors.ts';
import { describeError } from './log.ts';

/** Why a service is closing. */
export type CloseReason = 'signal' | 'parentGone' | 'crash';

/** A started service, as `runService` ends it. */
export interface RunningService {
  /** Ends everything in order. Called once. */
  close(): Promise<void>;
  /** Told of a fault that nobody caught, before closing. */
  crashed?(fault: unknown): void;
}

/** How long `close` may take before the process ends without it. */
const graceMs = 8000;

/** Tells the supervisor; waits until the message is on its way, so that an exit right after doesn't lose it. */
function tell(message: { ready: true } | { failed: string }): Promise<void> {
  return new Promise((resolve) => {
    if (process.send && process.connected) process.send(message, () => resolve());
    else resolve();
  });
}

/**
 * Runs a service for the life of the process: starts it, tells the supervisor `{ ready: true }` or
 * `{ failed: sentence }`, and closes it on SIGTERM, SIGINT, the supervisor's disappearance or an uncaught fault.
 *
 * Exit code 0 after an orderly end, 1 after a failed start, a crash, or a `close` that took over 8 s or threw.
 *
 * @param start resolves when the service serves; a `StartError` says what the person at the machine can do
 */
export async function runService(start: () => Promise<RunningService>): Promise<void> {
  let running: RunningService | undefined;
  let closing = false;

  const close = (reason: CloseReason) => {
    // A terminal's Ctrl-C and the supervisor's SIGTERM arrive together; the first one closes.
    if (closing) return;
    closing = true;
    setTimeout(() => process.exit(1), graceMs).unref();
    Promise.resolve(running?.close()).then(
      () => process.exit(reason === 'crash' ? 1 : 0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', () => close('signal'));
  process.on('SIGINT', () => close('signal'));
  // A supervisor that vanished while this program was being loaded: no event will ever tell.
  if (process.send && !process.connected) process.exit(0);
  process.on('disconnect', () => close('parentGone'));
  const crash = (fault: unknown) => {
    if (running === undefined) return void failed(startSentence(fault), fault);
    running.crashed?.(fault);
    close('crash');
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);

  try {
    running = await start();
  } catch (fault) {
    await failed(startSentence(fault), fault);
  }
  await tell({ ready: true });
}

/**
 * Ends the process because it can't start.
 *
 * @param sentence one plain sentence, what is wrong and what to do; goes to the supervisor and to stderr
 * @param fault where it comes from is written too, unless it's a `StartError`: that one's sentence says it all
 */
export async function failed(sentence: string, fault?: unknown): Promise<never> {
  const where = fault === undefined || fault instanceof StartError ? {} : describeError(fault);
  process.stderr.write(`${JSON.stringify({ level: 'fatal', event: 'startFailed', sentence, ...where })}\n`);
  await tell({ failed: sentence });
  process.exit(1);
}

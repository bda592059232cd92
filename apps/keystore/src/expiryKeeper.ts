import type { KeystoreLog } from './events.ts';
import type { Expired } from './keys/expiry.ts';

const hourMs = 60 * 60_000;

/** Shreds what is over: asks at the start and every hour whether it is time for a day's look. */
export interface ExpiryKeeper {
  /** Waits for what is being done. */
  close(): Promise<void>;
}

/**
 * @param expire does it once
 * @param log gets counts and codes alone
 */
export function createExpiryKeeper(
  expire: () => Promise<Expired>,
  log: Pick<KeystoreLog, 'info' | 'error'>,
): ExpiryKeeper {
  let running: Promise<void> = Promise.resolve();
  const look = () => {
    running = running.then(async () => {
      try {
        tell(await expire(), log);
      } catch (error) {
        log.error('expiryFailed', { error });
      }
    });
  };
  look();
  const timer = setInterval(look, hourMs);
  timer.unref();
  return {
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}

function tell(expired: Expired, log: Pick<KeystoreLog, 'info' | 'error'>): void {
  switch (expired.tag) {
    case 'tooSoon':
      return;
    case 'waits': {
      const { reason } = expired;
      if (reason === 'first') log.info('expiryWaits', { reason });
      else log.error('expiryWaits', { reason });
      return;
    }
    case 'looked': {
      const { shredded, damaged, isCapped } = expired;
      if (shredded > 0) log.info('recordingsExpired', { count: shredded });
      if (damaged > 0) log.error('expiryDamaged', { count: damaged });
      if (isCapped) log.error('expiryCapped', { count: shredded });
    }
  }
}

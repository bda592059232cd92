import { lookRegularly, type RegularLook } from '@sotto/service/lookRegularly';
import type { KeystoreLog } from './events.ts';
import type { Expired } from './keys/expiry.ts';

const hourMs = 60 * 60_000;

/**
 * Shreds what is over: asks at the start and every hour whether it is time for a day's look.
 *
 * @param expire does it once
 * @param log gets counts and codes alone
 */
export function createExpiryKeeper(
  expire: () => Promise<Expired>,
  log: Pick<KeystoreLog, 'info' | 'error'>,
): RegularLook {
  const keeper = lookRegularly(hourMs, async () => {
    try {
      tell(await expire(), log);
    } catch (error) {
      log.error('expiryFailed', { error });
    }
  });
  void keeper.look();
  return keeper;
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

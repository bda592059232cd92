import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import type { ConnectionId } from './effect.ts';
import type { Limits } from './limits.ts';

/** `ok`, or how long to wait. */
type Allowance = { tag: 'ok' } | { tag: 'wait'; retryAfterMs: number };

/** How often what may happen, by connection and by address. */
export interface Rates {
  /** A new connection. */
  connect(address: string): Promise<Allowance>;
  /** An event, wanted or not. */
  event(connection: ConnectionId, address: string): Promise<Allowance>;
  /** A refused event; `wait` means: this connection has had its chances. */
  offence(connection: ConnectionId, address: string): Promise<Allowance>;
  forget(connection: ConnectionId): Promise<void>;
}

export function createRates(limits: Limits): Rates {
  const connections = new RateLimiterMemory({ points: limits.connectionsPerAddress, duration: 60 });
  const byConnection = new RateLimiterMemory({ points: limits.eventsPerConnection, duration: 10 });
  const byAddress = new RateLimiterMemory({ points: limits.eventsPerAddress, duration: 10 });
  const offences = new RateLimiterMemory({ points: limits.offencesPerConnection, duration: 60 });
  const addressOffences = new RateLimiterMemory({
    points: limits.offencesPerAddress,
    duration: 600,
    blockDuration: 60,
  });

  return {
    async connect(address) {
      const shutOut = await addressOffences.get(address);
      if (shutOut && shutOut.consumedPoints > limits.offencesPerAddress) return wait(shutOut);
      return take(connections, address);
    },
    async event(connection, address) {
      const own = await take(byConnection, connection);
      return own.tag === 'ok' ? take(byAddress, address) : own;
    },
    async offence(connection, address) {
      await take(addressOffences, address);
      return take(offences, connection);
    },
    async forget(connection) {
      await Promise.all([byConnection.delete(connection), offences.delete(connection)]);
    },
  };
}

const wait = ({ msBeforeNext }: RateLimiterRes): Allowance => ({ tag: 'wait', retryAfterMs: Math.ceil(msBeforeNext) });

async function take(limiter: RateLimiterMemory, key: string): Promise<Allowance> {
  try {
    await limiter.consume(key);
    return { tag: 'ok' };
  } catch (refusal) {
    // The library rejects with its state when nothing is left, and with an Error when it is broken itself.
    if (refusal instanceof Error) throw refusal;
    return wait(refusal as RateLimiterRes);
  }
}

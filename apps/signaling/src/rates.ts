import { createRateLimit } from '@sotto/service/rateLimit';
import type { ConnectionId } from './effect.ts';
import type { Limits } from './limits.ts';

/** How often what may happen, by connection and by address. Each answers null, or how many ms to wait. */
export interface Rates {
  /** A new connection. */
  connect(address: string): Promise<number | null>;
  /** An event, wanted or not. */
  event(connection: ConnectionId, address: string): Promise<number | null>;
  /** A refused event; not null means: this connection has had its chances. */
  offence(connection: ConnectionId, address: string): Promise<number | null>;
  forget(connection: ConnectionId): Promise<void>;
}

export function createRates(limits: Limits): Rates {
  const connections = createRateLimit({ points: limits.connectionsPerAddress, seconds: 60 });
  const byConnection = createRateLimit({ points: limits.eventsPerConnection, seconds: 10 });
  const byAddress = createRateLimit({ points: limits.eventsPerAddress, seconds: 10 });
  const offences = createRateLimit({ points: limits.offencesPerConnection, seconds: 60 });
  const addressOffences = createRateLimit({ points: limits.offencesPerAddress, seconds: 600, blockSeconds: 60 });

  return {
    async connect(address) {
      return (await addressOffences.wait(address)) ?? (await connections.take(address));
    },
    async event(connection, address) {
      return (await byConnection.take(connection)) ?? (await byAddress.take(address));
    },
    async offence(connection, address) {
      await addressOffences.take(address);
      return offences.take(connection);
    },
    async forget(connection) {
      await Promise.all([byConnection.forget(connection), offences.forget(connection)]);
    },
  };
}

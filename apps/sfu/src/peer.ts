import type { types } from 'mediasoup';
import { Consumers } from './consumers.ts';
import type { PeerEvents } from './peerEvents.ts';
import { Producers } from './producers.ts';
import { Transports } from './transports.ts';

/**
 * All that the worker holds for one peer. Each part finds only what is this peer's own: another one's id is
 * `notFound`, as one that never was.
 */
export interface Peer {
  readonly transports: Transports;
  readonly producers: Producers;
  readonly consumers: Consumers;
  /** Closes every transport at once, and with them all else, without a word to anyone. */
  close(): void;
}

/** @param now milliseconds of a clock that never goes back */
export function createPeer(
  router: types.Router,
  webRtcServer: types.WebRtcServer,
  events: PeerEvents,
  now: () => number,
): Peer {
  let isClosing = false;
  const told: PeerEvents = {
    producerClosed: (id) => isClosing || events.producerClosed(id),
    consumerClosed: (id) => isClosing || events.consumerClosed(id),
    consumerLayers: (id, layers) => isClosing || events.consumerLayers(id, layers),
    transportClosed: (id, reason) => isClosing || events.transportClosed(id, reason),
  };
  const transports = new Transports(router, webRtcServer, told);
  return {
    transports,
    producers: new Producers(router, told),
    consumers: new Consumers(router, told, now),
    close() {
      isClosing = true;
      transports.close();
    },
  };
}

import type { ConsumerId, ProducerId, TransportId } from '@sotto/protocol/ids';
import type { types } from 'mediasoup';

/** What happens to a peer's things at the worker without its having asked. Not told while all of it is closing. */
export interface PeerEvents {
  producerClosed(producerId: ProducerId): void;
  consumerClosed(consumerId: ConsumerId): void;
  /** `null` when no layer fits the receiver's bandwidth. */
  consumerLayers(consumerId: ConsumerId, layers: types.ConsumerLayers | null): void;
  /** DTLS failed or was closed by the other end; the transport's producers and consumers are gone with it. */
  transportClosed(transportId: TransportId, reason: 'dtlsFailed' | 'dtlsClosed'): void;
}

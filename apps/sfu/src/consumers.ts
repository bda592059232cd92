import { type ConsumerId, consumerId, type ProducerId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import { type SfuReply, type SfuRequest, sfuCommands } from '@sotto/protocol/sfuControl';
import type { types } from 'mediasoup';
import { refusalCode } from './errors.ts';
import { limits } from './limits.ts';
import type { PeerEvents } from './peerEvents.ts';
import { asRtpCapabilities } from './rtpShapes.ts';

type Nothing = SfuReply<'consumer:resume'>;

interface OwnConsumer {
  readonly consumer: types.Consumer;
  keyFrameAskedAt: number;
}

/** What one peer receives. */
export class Consumers {
  readonly #router: types.Router;
  readonly #events: PeerEvents;
  readonly #now: () => number;
  readonly #own = new Map<ConsumerId, OwnConsumer>();
  /** Being made at the worker: counted, so that asking for many at once doesn't get past the limit. */
  #pending = 0;

  /** @param now milliseconds of a clock that never goes back */
  constructor(router: types.Router, events: PeerEvents, now: () => number) {
    this.#router = router;
    this.#events = events;
    this.#now = now;
  }

  get size(): number {
    return this.#own.size;
  }

  /** Starts paused: the receiver's transform must be there before the first packet. */
  async create(
    transport: types.WebRtcTransport,
    producerId: ProducerId,
    capabilities: SfuRequest<'consumer:create'>['rtpCapabilities'],
  ): Promise<Result<SfuReply<'consumer:create'>>> {
    if (this.#own.size + this.#pending >= limits.consumersPerPeer) return refused('forbidden');
    this.#pending += 1;
    try {
      const rtpCapabilities = asRtpCapabilities(capabilities);
      const consumer = await transport.consume({ producerId, rtpCapabilities, paused: true });
      if (consumer.closed) return refused('notFound');
      const id = consumerId.parse(consumer.id);
      this.#own.set(id, { consumer, keyFrameAskedAt: Number.NEGATIVE_INFINITY });
      const onClose = () => {
        this.#own.delete(id);
        if (!this.#router.closed) this.#events.consumerClosed(id);
      };
      consumer.on('producerclose', onClose);
      consumer.on('transportclose', onClose);
      consumer.on('layerschange', (layers) => this.#events.consumerLayers(id, layers ?? null));
      const { kind, rtpParameters, producerPaused } = consumer;
      return accepted(
        sfuCommands['consumer:create'].reply.parse({ consumerId: id, producerId, kind, rtpParameters, producerPaused }),
      );
    } catch (fault) {
      return refused(refusalCode(fault));
    } finally {
      this.#pending -= 1;
    }
  }

  async resume(id: ConsumerId): Promise<Result<Nothing>> {
    const own = this.#own.get(id);
    if (!own) return refused('notFound');
    await own.consumer.resume();
    return accepted({});
  }

  close(id: ConsumerId): Result<Nothing> {
    const own = this.#own.get(id);
    if (!own) return refused('notFound');
    this.#own.delete(id);
    own.consumer.close();
    return accepted({});
  }

  /** Means something to video only; sound has no layers. */
  async setPreferredLayers(id: ConsumerId, layers: types.ConsumerLayers): Promise<Result<Nothing>> {
    const own = this.#own.get(id);
    if (!own) return refused('notFound');
    if (own.consumer.kind !== 'video') return refused('wrongState');
    await own.consumer.setPreferredLayers(layers);
    return accepted({});
  }

  async requestKeyFrame(id: ConsumerId): Promise<Result<Nothing>> {
    const own = this.#own.get(id);
    if (!own) return refused('notFound');
    if (own.consumer.kind !== 'video') return refused('wrongState');
    const waitMs = Math.ceil(own.keyFrameAskedAt + limits.keyFrameIntervalMs - this.#now());
    if (waitMs > 0) return refused('rateLimited', waitMs);
    own.keyFrameAskedAt = this.#now();
    await own.consumer.requestKeyFrame();
    return accepted({});
  }
}

import { type ProducerId, producerId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { SfuReply, SfuRequest } from '@sotto/protocol/sfuControl';
import type { types } from 'mediasoup';
import { isCoherent } from './coherence.ts';
import { refusalCode } from './errors.ts';
import { limits } from './limits.ts';
import type { PeerEvents } from './peerEvents.ts';
import { asRtpParameters } from './rtpShapes.ts';

type Nothing = SfuReply<'producer:pause'>;

/** What one peer sends. */
export class Producers {
  readonly #router: types.Router;
  readonly #events: PeerEvents;
  readonly #own = new Map<ProducerId, types.Producer>();
  /** Being made at the worker: counted, so that asking for many at once doesn't get past the limit. */
  #pending = 0;

  constructor(router: types.Router, events: PeerEvents) {
    this.#router = router;
    this.#events = events;
  }

  has(id: ProducerId): boolean {
    return this.#own.has(id);
  }

  async create(
    transport: types.WebRtcTransport,
    request: SfuRequest<'producer:create'>,
  ): Promise<Result<SfuReply<'producer:create'>>> {
    if (!isCoherent(request)) return refused('invalid');
    if (this.#own.size + this.#pending >= limits.producersPerPeer) return refused('forbidden');
    this.#pending += 1;
    try {
      const producer = await transport.produce({
        kind: request.kind,
        rtpParameters: asRtpParameters(request.rtpParameters),
        keyFrameRequestDelay: limits.keyFrameIntervalMs,
      });
      if (producer.closed) return refused('wrongState');
      const id = producerId.parse(producer.id);
      this.#own.set(id, producer);
      producer.on('transportclose', () => {
        this.#own.delete(id);
        if (!this.#router.closed) this.#events.producerClosed(id);
      });
      return accepted({ producerId: id });
    } catch (fault) {
      return refused(refusalCode(fault));
    } finally {
      this.#pending -= 1;
    }
  }

  async pause(id: ProducerId, paused: boolean): Promise<Result<Nothing>> {
    const producer = this.#own.get(id);
    if (!producer) return refused('notFound');
    await (paused ? producer.pause() : producer.resume());
    return accepted({});
  }

  close(id: ProducerId): Result<Nothing> {
    const producer = this.#own.get(id);
    if (!producer) return refused('notFound');
    this.#own.delete(id);
    producer.close();
    return accepted({});
  }
}

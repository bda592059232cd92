import type { AttachFailure, AttachOutcome, CallCrypto } from '@sotto/e2ee';
import type { ConsumerId, ProducerId } from '@sotto/protocol/ids';
import type { MediaKind, ProducerEntry } from '@sotto/protocol/signaling';
import type { types } from 'mediasoup-client';
import type { RequestInput, SignalingClient } from './signalingClient.ts';
import { layerFor } from './simulcast.ts';

/** One remote track on its way to the pages. */
export interface Receiving {
  readonly producerId: ProducerId;
  readonly kind: MediaKind;
  /** Same object as long as the track lives. */
  readonly stream: MediaStream;
  /** Its transform is in place: what comes out of it was opened, or nothing comes. */
  readonly alive: boolean;
  /** The SFU leaves it out because nothing of it fits through the connection. */
  readonly dropped: boolean;
}

export interface RemoteConsumersOptions {
  readonly transport: types.Transport;
  readonly capabilities: types.RtpCapabilities;
  readonly crypto: Pick<CallCrypto, 'attachReceiver' | 'detachReceiver'>;
  readonly signaling: Pick<SignalingClient, 'request'>;
  /** A receiver's transform didn't prove alive; nothing of it was played. */
  readonly onUnsealed: (why: AttachFailure) => void;
  /** Nothing of this producer is received any more, or it is about to be received anew. */
  readonly onReceiverClosed: (producer: ProducerId) => void;
  readonly onChange: () => void;
}

interface Entry {
  readonly consumer: types.Consumer;
  readonly view: Receiving;
  readonly resumed: boolean;
}

const retryMs = 1_500;

/** Receives what others send: paused until its transform drops or opens, and from then on opened frames only. */
export function createRemoteConsumers(options: RemoteConsumersOptions) {
  const { transport, crypto, signaling } = options;
  const entries = new Map<ProducerId, Entry>();
  const starting = new Set<ProducerId>();
  /** Which layer was asked for; of a consumer that isn't in here the highest is sent. */
  const layers = new Map<types.Consumer, number>();
  const retries = new Set<ReturnType<typeof setTimeout>>();
  let wanted: readonly ProducerEntry[] = [];
  let announced: ReadonlySet<ProducerId> = new Set();
  let closed = false;

  function reconcile(): void {
    const ids = new Set(wanted.map((entry) => entry.producerId));
    for (const producerId of entries.keys()) if (!ids.has(producerId)) stop(producerId);
    for (const { producerId, kind } of wanted) {
      if (!entries.has(producerId) && !starting.has(producerId)) void start(producerId, kind);
    }
  }

  async function start(producerId: ProducerId, kind: MediaKind): Promise<void> {
    starting.add(producerId);
    const started = await receive(producerId, kind).catch(() => false);
    starting.delete(producerId);
    if (!closed && !started) retryLater();
  }

  function retryLater(): void {
    const timer = setTimeout(() => {
      retries.delete(timer);
      reconcile();
    }, retryMs);
    retries.add(timer);
  }

  async function receive(producerId: ProducerId, kind: MediaKind): Promise<boolean> {
    const answer = await signaling.request('sfu:consume', {
      transportId: transport.id,
      producerId,
      rtpCapabilities: options.capabilities as RequestInput<'sfu:consume'>['rtpCapabilities'],
    });
    if (!answer.ok) return false;
    const { consumerId, rtpParameters } = answer.value;
    let opening: Promise<AttachOutcome> = Promise.resolve({ tag: 'failed' });
    const consumer = await transport
      .consume({
        id: consumerId,
        producerId,
        // The kind that was asked for; a receiver of another kind never gets a transform that opens it.
        kind,
        rtpParameters: rtpParameters as types.RtpParameters,
        onRtpReceiver: (receiver) => {
          opening = crypto.attachReceiver(receiver, { producerId, kind });
        },
      })
      .catch(() => null);
    if (consumer === null) {
      if (!transport.closed) forget(consumerId);
      return false;
    }
    if (transport.closed) return true;
    if (!wanted.some((entry) => entry.producerId === producerId)) {
      // It closed while the consumer was being made: nobody would ever stop it.
      consumer.close();
      await crypto.detachReceiver(producerId).catch(() => undefined);
      return true;
    }
    const view: Receiving = {
      producerId,
      kind,
      stream: new MediaStream([consumer.track]),
      alive: false,
      dropped: false,
    };
    entries.set(producerId, { consumer, view, resumed: false });
    options.onChange();
    const attached = await opening;
    // Stopped meanwhile, and perhaps begun anew.
    if (entries.get(producerId)?.consumer !== consumer) return true;
    if (attached.tag !== 'alive') {
      stop(producerId);
      forget(consumerId);
      options.onUnsealed(attached.tag);
      return false;
    }
    change(producerId, { alive: true });
    return resume(producerId);
  }

  /**
   * Lets the SFU send, with a key frame at first. Not before the announcement is here: the transform would have to
   * drop that key frame, and the next one takes a second.
   */
  async function resume(producerId: ProducerId): Promise<boolean> {
    const entry = entries.get(producerId);
    if (!entry?.view.alive || entry.resumed || !announced.has(producerId)) return true;
    entries.set(producerId, { ...entry, resumed: true });
    const answer = await signaling.request('sfu:resumeConsumer', { consumerId: entry.consumer.id });
    if (!answer.ok && entries.get(producerId)?.consumer === entry.consumer) {
      stop(producerId);
      forget(entry.consumer.id as ConsumerId);
    }
    preferLayers();
    return answer.ok;
  }

  function preferLayers(): void {
    const spatialLayer = layerFor(wanted.filter(({ kind }) => kind === 'video').length);
    for (const { consumer, view, resumed } of entries.values()) {
      if (view.kind !== 'video' || !resumed || (layers.get(consumer) ?? 2) === spatialLayer) continue;
      layers.set(consumer, spatialLayer);
      const consumerId = consumer.id as ConsumerId;
      void signaling.request('sfu:setPreferredLayers', { consumerId, spatialLayer, temporalLayer: 2 });
    }
  }

  function change(producerId: ProducerId, changes: Partial<Receiving>): void {
    const entry = entries.get(producerId);
    if (!entry) return;
    entries.set(producerId, { ...entry, view: { ...entry.view, ...changes } });
    options.onChange();
  }

  function stop(producerId: ProducerId): void {
    const entry = entries.get(producerId);
    if (!entry) return;
    entries.delete(producerId);
    layers.delete(entry.consumer);
    entry.consumer.close();
    // The worker may be gone already; then there is nothing left to forget.
    crypto.detachReceiver(producerId).catch(() => undefined);
    options.onReceiverClosed(producerId);
    options.onChange();
  }

  /** Has the SFU close a consumer that isn't used: a peer may have only so many. */
  function forget(consumerId: ConsumerId): void {
    void signaling.request('sfu:closeConsumer', { consumerId });
  }

  function producerOf(consumerId: ConsumerId): ProducerId | undefined {
    return [...entries.values()].find((entry) => entry.consumer.id === consumerId)?.view.producerId;
  }

  return {
    /** @param producers what the others send now */
    follow(producers: readonly ProducerEntry[]): void {
      wanted = producers;
      reconcile();
      preferLayers();
    },
    /** @param producers what members have announced in signed messages */
    announce(producers: ReadonlySet<ProducerId>): void {
      announced = producers;
      for (const producerId of entries.keys()) {
        void resume(producerId).then((resumed) => {
          if (!resumed) retryLater();
        });
      }
    },
    /** The SFU closed a consumer by itself. */
    consumerClosed(consumerId: ConsumerId): void {
      const producerId = producerOf(consumerId);
      if (producerId === undefined) return;
      stop(producerId);
      reconcile();
    },
    consumerLayers(consumerId: ConsumerId, fits: boolean): void {
      const producerId = producerOf(consumerId);
      if (producerId !== undefined) change(producerId, { dropped: !fits });
    },
    async requestKeyFrame(producerId: ProducerId): Promise<void> {
      const consumerId = entries.get(producerId)?.consumer.id as ConsumerId | undefined;
      if (consumerId !== undefined) await signaling.request('sfu:requestKeyFrame', { consumerId });
    },
    /** Makes the receive path of these producers anew. */
    async renew(producerIds: readonly ProducerId[]): Promise<void> {
      for (const producerId of producerIds) {
        const consumerId = entries.get(producerId)?.consumer.id as ConsumerId | undefined;
        stop(producerId);
        if (consumerId !== undefined) await signaling.request('sfu:closeConsumer', { consumerId });
      }
      reconcile();
    },
    receiving: (): ReadonlyMap<ProducerId, Receiving> =>
      new Map([...entries].map(([producerId, entry]) => [producerId, entry.view])),
    /** `getStats` of one receiver; null when it is gone. */
    async stats(producerId: ProducerId): Promise<RTCStatsReport | null> {
      const consumer = entries.get(producerId)?.consumer;
      if (!consumer || consumer.closed) return null;
      return consumer.getStats().catch(() => null);
    },
    close(): void {
      closed = true;
      for (const timer of retries) clearTimeout(timer);
      for (const producerId of [...entries.keys()]) stop(producerId);
    },
  };
}

export type RemoteConsumers = ReturnType<typeof createRemoteConsumers>;

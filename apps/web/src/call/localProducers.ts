import type { AnnouncedTrack, AttachFailure, AttachOutcome, CallCrypto } from '@sotto/e2ee';
import type { ProducerId } from '@sotto/protocol/ids';
import type { types } from 'mediasoup-client';
import type { LocalMedia, LocalSource } from './contract.ts';
import { createSerialQueue, type SerialQueue } from './serialQueue.ts';
import type { SignalingClient } from './signalingClient.ts';
import { simulcastLayers } from './simulcast.ts';

type Source = 'microphone' | 'camera';

/** Fixed for a leaf: the worker's counters and the others' replay windows go on when a producer is made anew. */
const sources = {
  microphone: { track: 0, kind: 'audio' },
  camera: { track: 1, kind: 'video' },
} as const;

/** How long after a failure a device is tried to be sent again. */
const retryMs = 2_000;

export interface LocalProducersOptions {
  readonly transport: types.Transport;
  readonly crypto: Pick<CallCrypto, 'attachSender' | 'makeKeyFrames'>;
  readonly signaling: Pick<SignalingClient, 'request'>;
  readonly media: LocalMedia;
  /** The tracks that the members have to be told of changed. */
  readonly onTracks: (tracks: readonly AnnouncedTrack[]) => void;
  /** A sender's transform didn't prove alive; its producer is closed and nothing of it was announced. */
  readonly onUnsealed: (why: AttachFailure) => void;
}

interface Sending {
  readonly producer: types.Producer;
  paused: boolean;
}

/** Sends one's own devices as the pages have them, sealed: starts, replaces and silences, never stops a track. */
export function createLocalProducers(options: LocalProducersOptions) {
  const { transport, signaling, media } = options;
  const sending = new Map<Source, Sending>();
  // A producer that couldn't be made (the SFU is busy or gone) is tried again: nobody may be silent without knowing.
  const queues: Record<Source, SerialQueue> = {
    microphone: createSerialQueue(retryLater),
    camera: createSerialQueue(retryLater),
  };
  let closed = false;
  let retry: ReturnType<typeof setTimeout> | undefined;

  function retryLater(): void {
    clearTimeout(retry);
    if (!closed) retry = setTimeout(followAll, retryMs);
  }

  async function follow(source: Source): Promise<void> {
    if (closed) return;
    const track = playing(media.getSnapshot()[source]);
    const current = sending.get(source);
    if (current === undefined) {
      if (track !== null) await start(source, track);
      return;
    }
    if (track === null) {
      // The sender loses the track before anybody is told, so that nothing follows the "off".
      await current.producer.replaceTrack({ track: null });
      await setPaused(current, true);
    } else {
      await current.producer.replaceTrack({ track });
      await setPaused(current, false);
    }
  }

  async function start(source: Source, track: MediaStreamTrack): Promise<void> {
    const { track: number, kind } = sources[source];
    let sealing: Promise<AttachOutcome> = Promise.resolve({ tag: 'failed' });
    const { width = 640, height = 360 } = track.getSettings();
    const producer = await transport.produce({
      track,
      stopTracks: false,
      disableTrackOnPause: false,
      ...(kind === 'video'
        ? {
            encodings: simulcastLayers(width, height).map((layer) => ({ ...layer })),
            codecOptions: { videoGoogleStartBitrate: 600 },
          }
        : { codecOptions: { opusFec: true, opusDtx: true, opusStereo: false, opusNack: true } }),
      onRtpSender: (sender) => {
        sealing = options.crypto.attachSender(sender, { track: number, kind });
      },
    });
    const sealed = await sealing;
    if (sealed.tag !== 'alive') {
      producer.close();
      await signaling.request('sfu:closeProducer', { producerId: producer.id });
      options.onUnsealed(sealed.tag);
      return;
    }
    if (closed) {
      producer.close();
      return;
    }
    sending.set(source, { producer, paused: false });
    options.onTracks(tracks());
    // The device may have been switched off meanwhile.
    await follow(source);
  }

  async function setPaused(current: Sending, paused: boolean): Promise<void> {
    if (current.paused === paused) return;
    const answer = await signaling.request('sfu:pauseProducer', {
      producerId: current.producer.id,
      paused,
    });
    if (answer.ok) current.paused = paused;
    else retryLater();
  }

  function tracks(): AnnouncedTrack[] {
    return [...sending].map(([source, { producer }]) => ({
      ...sources[source],
      source,
      producerId: producer.id as ProducerId,
    }));
  }

  function followAll(): void {
    for (const source of ['microphone', 'camera'] as const) queues[source].run(() => follow(source));
  }

  const unsubscribe = media.subscribe(followAll);
  followAll();

  return {
    tracks,
    /** `getStats` of one sender; null when there is none. */
    async stats(source: AnnouncedTrack['source']): Promise<RTCStatsReport | null> {
      const producer = source === 'screen' ? undefined : sending.get(source)?.producer;
      if (!producer || producer.closed) return null;
      return producer.getStats().catch(() => null);
    },
    /** Has the camera's encoder make a key frame of each layer. */
    async requestKeyFrame(): Promise<void> {
      const sender = sending.get('camera')?.producer.rtpSender;
      if (!sender) return;
      const parameters = sender.getParameters();
      const seen = { isKnown: false };
      const wish = {
        get encodingOptions() {
          seen.isKnown = true;
          return parameters.encodings.map(() => ({ keyFrame: true }));
        },
      };
      // A second argument that the page library of TypeScript doesn't have yet; a browser that knows it reads it.
      const ask: (parameters: RTCRtpSendParameters, options: object) => Promise<void> =
        sender.setParameters.bind(sender);
      await ask(parameters, wish).catch(() => undefined);
      if (seen.isKnown) return;
      const rids = parameters.encodings.flatMap(({ rid }) => rid ?? []);
      await options.crypto.makeKeyFrames(sources.camera.track, rids).catch(() => undefined);
    },
    /** Tells signaling again what is off: a request may have been lost with the connection. */
    refresh: followAll,
    close(): void {
      closed = true;
      clearTimeout(retry);
      unsubscribe();
      for (const queue of Object.values(queues)) queue.close();
      for (const { producer } of sending.values()) producer.close();
      sending.clear();
    },
  };
}

export type LocalProducers = ReturnType<typeof createLocalProducers>;

function playing(source: LocalSource): MediaStreamTrack | null {
  return source.on && source.track?.readyState === 'live' ? source.track : null;
}

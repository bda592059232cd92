import {
  type AnnouncedTrack,
  type AttachFailure,
  type CallCrypto,
  type MemberTrack,
  peerConnectionSettings,
} from '@sotto/e2ee';
import type { ParticipantId, ProducerId } from '@sotto/protocol/ids';
import { type Result, refused } from '@sotto/protocol/result';
import type { ProducerEntry } from '@sotto/protocol/signaling';
import type { types } from 'mediasoup-client';
import type { Backoff } from './backoff.ts';
import type { LocalMedia } from './contract.ts';
import { createLocalProducers, type LocalProducers } from './localProducers.ts';
import {
  loadDevice,
  type MediaTransports,
  type MediaTransportsOptions,
  openMediaTransports,
} from './mediaTransports.ts';
import { createRemoteConsumers, type Receiving, type RemoteConsumers } from './remoteConsumers.ts';
import type { IncomingMessage, SignalingClient } from './signalingClient.ts';

export interface MediaSessionOptions {
  readonly crypto: Pick<CallCrypto, 'attachReceiver' | 'attachSender' | 'detachReceiver' | 'makeKeyFrames'>;
  readonly signaling: Pick<SignalingClient, 'request'>;
  readonly self: ParticipantId;
  readonly media: LocalMedia;
  readonly backoff: Backoff;
  readonly onTracks: (tracks: readonly AnnouncedTrack[]) => void;
  /** Something can't be sent or received sealed; nothing of it went out or was played. */
  readonly onUnsealed: (why: AttachFailure) => void;
  /** Browser and SFU agreed on an SRTP suite without authenticated encryption. */
  readonly onWeakSuite: () => void;
  /** Nothing of this producer is received any more, or it is about to be received anew. */
  readonly onReceiverClosed: (producer: ProducerId) => void;
  /** Something of what the pages see changed. */
  readonly onChange: () => void;
}

/** A part of the media path, as long as one set of transports lives. */
interface Path {
  readonly transports: MediaTransports;
  readonly producers: LocalProducers;
  readonly consumers: RemoteConsumers;
}

/** The media of one leaf: its transports on the SFU, what it sends and what it receives. */
export function createMediaSession(options: MediaSessionOptions) {
  const { signaling } = options;
  const remote = new Map<ProducerId, ProducerEntry>();
  let announced: ReadonlySet<ProducerId> = new Set();
  let path: Path | null = null;
  let device: Promise<Result<types.Device>> | null = null;
  /** Counts the attempts, so that one that was overtaken can tell. */
  let attempt = 0;
  let wanted = false;
  let available = true;
  let connected = true;
  let retry: ReturnType<typeof setTimeout> | undefined;

  async function open(): Promise<void> {
    closePath();
    attempt += 1;
    const mine = attempt;
    const isCurrent = () => mine === attempt && wanted;
    const answer = await openTransports({
      signaling,
      // A member that the standard's dictionary doesn't have.
      settings: peerConnectionSettings as Partial<RTCConfiguration>,
      onPath(next) {
        if (!isCurrent()) return;
        connected = next;
        options.onChange();
      },
      onLost() {
        if (isCurrent()) void open();
      },
      onWeakSuite() {
        if (isCurrent()) options.onWeakSuite();
      },
    });
    if (!isCurrent()) {
      if (answer.ok) answer.value.close();
      return;
    }
    if (!answer.ok) {
      setAvailable(answer.code !== 'unavailable');
      retry = setTimeout(() => void open(), Math.max(answer.retryAfterMs ?? 0, options.backoff.next()));
      return;
    }
    options.backoff.reset();
    setAvailable(true);
    const transports = answer.value;
    path = {
      transports,
      producers: createLocalProducers({ ...options, transport: transports.send }),
      consumers: createRemoteConsumers({
        ...options,
        transport: transports.receive,
        capabilities: answer.value.capabilities,
      }),
    };
    path.consumers.announce(announced);
    path.consumers.follow(others());
  }

  async function openTransports(transportOptions: MediaTransportsOptions): Promise<Result<MediaTransports>> {
    const loaded = await load();
    if (!loaded.ok) return loaded;
    return openMediaTransports(loaded.value, transportOptions);
  }

  /** Once is enough: every SFU of a clinic speaks the same codecs. */
  async function load(): Promise<Result<types.Device>> {
    device ??= loadDevice(signaling);
    // A browser that throws here does so for reasons of its own; the next attempt asks it anew.
    const loaded = await device.catch(() => refused('internal'));
    if (!loaded.ok) device = null;
    return loaded;
  }

  function closePath(): void {
    clearTimeout(retry);
    attempt += 1;
    connected = true;
    path?.producers.close();
    path?.consumers.close();
    path?.transports.close();
    path = null;
  }

  function setAvailable(next: boolean): void {
    if (available === next) return;
    available = next;
    options.onChange();
  }

  function others(): ProducerEntry[] {
    return [...remote.values()].filter((entry) => entry.participantId !== options.self);
  }

  function changed(): void {
    path?.consumers.follow(others());
    options.onChange();
  }

  return {
    /** Does beforehand what may be done before one stands in the group. */
    prepare(): void {
      void load();
    },
    /** Once the leaf stands in the group: makes the transports and keeps them up. */
    start(): void {
      if (wanted) return;
      wanted = true;
      void open();
    },
    stop(): void {
      wanted = false;
      closePath();
    },
    /** After each `visit:enter`: what is sent in the visit now. Own producers that are missing are made anew. */
    enter(producers: readonly ProducerEntry[]): void {
      remote.clear();
      for (const entry of producers) remote.set(entry.producerId, entry);
      const lost = path?.producers.tracks().some((track) => !remote.has(track.producerId)) ?? false;
      // Without a path nothing would be told of the way that there is now.
      if (lost || (wanted && path === null)) {
        void open();
      } else {
        path?.transports.restartIce();
        path?.producers.refresh();
      }
      changed();
    },
    receive(message: Extract<IncomingMessage, { event: `sfu:${string}` }>): void {
      switch (message.event) {
        case 'sfu:producer':
          remote.set(message.message.producerId, message.message);
          changed();
          return;
        case 'sfu:producerPaused': {
          const entry = remote.get(message.message.producerId);
          if (entry) remote.set(entry.producerId, { ...entry, paused: message.message.paused });
          changed();
          return;
        }
        case 'sfu:producerClosed':
          remote.delete(message.message.producerId);
          changed();
          return;
        case 'sfu:consumerClosed':
          path?.consumers.consumerClosed(message.message.consumerId);
          return;
        case 'sfu:consumerLayers':
          path?.consumers.consumerLayers(message.message.consumerId, message.message.layers !== null);
          return;
        case 'sfu:moved':
          remote.clear();
          if (wanted) void open();
          changed();
          return;
        case 'sfu:unavailable':
          remote.clear();
          closePath();
          setAvailable(false);
          changed();
          return;
      }
    },
    /** What the members have announced, verified. */
    announce(tracks: readonly MemberTrack[]): void {
      announced = new Set(tracks.map((track) => track.producerId));
      path?.consumers.announce(announced);
    },
    /** The network came back or changed. */
    restartIce: () => path?.transports.restartIce(),
    /** What this leaf sends now, for a (re)announcement. */
    tracks: (): AnnouncedTrack[] => path?.producers.tracks() ?? [],
    producers: (): ReadonlyMap<ProducerId, ProducerEntry> => remote,
    receiving: (): ReadonlyMap<ProducerId, Receiving> => path?.consumers.receiving() ?? new Map(),
    /** Whether frames of this producer ought to come now. */
    isDue: (producerId: ProducerId): boolean =>
      connected &&
      remote.get(producerId)?.paused === false &&
      path?.consumers.receiving().get(producerId)?.dropped === false,
    requestKeyFrame: (producerId: ProducerId) => path?.consumers.requestKeyFrame(producerId),
    /** Of one's own camera. */
    requestOwnKeyFrame: async (): Promise<void> => {
      await path?.producers.requestKeyFrame();
    },
    renew: async (producerIds: readonly ProducerId[]): Promise<void> => {
      await path?.consumers.renew(producerIds);
    },
    stats: (producerId: ProducerId): Promise<RTCStatsReport | null> =>
      path?.consumers.stats(producerId) ?? Promise.resolve(null),
    /** `getStats` of what is sent of a source; null when nothing is. */
    senderStats: (source: AnnouncedTrack['source']): Promise<RTCStatsReport | null> =>
      path?.producers.stats(source) ?? Promise.resolve(null),
    available: () => available,
    connected: () => connected,
  };
}

export type MediaSession = ReturnType<typeof createMediaSession>;

import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { VisitRtpCapabilities } from '@sotto/protocol/rtp';
import { Device, type types } from 'mediasoup-client';
import { MediaRefused } from './errors.ts';
import type { RequestInput, SignalingClient } from './signalingClient.ts';

const audioLevel = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';

/** A short loss of connectivity heals by itself; after this long ICE is restarted. */
const disconnectedGraceMs = 1_500;
const restartEveryMs = 4_000;

export interface MediaTransports {
  readonly send: types.Transport;
  readonly receive: types.Transport;
  /** What this browser can receive of what the SFU forwards. */
  readonly capabilities: types.RtpCapabilities;
  /** The network may have changed: look for a path at once. */
  restartIce(): void;
  close(): void;
}

export interface MediaTransportsOptions {
  signaling: Pick<SignalingClient, 'request'>;
  /** Passed to both `RTCPeerConnection`s. */
  settings: Partial<RTCConfiguration>;
  /** Whether both transports that were ever connected still are. */
  onPath: (connected: boolean) => void;
  /** The SFU doesn't know these transports any more: make new ones. */
  onLost: () => void;
}

/** Learns what the visit's SFU and this browser have in common. Possible before one stands in the group. */
export async function loadDevice(signaling: Pick<SignalingClient, 'request'>): Promise<Result<types.Device>> {
  const capabilities = await signaling.request('sfu:capabilities', {});
  if (!capabilities.ok) return capabilities;
  const device = await Device.factory();
  await device.load({ routerRtpCapabilities: withoutAudioLevel(capabilities.value.rtpCapabilities) });
  return device.canProduce('audio') && device.canProduce('video') ? accepted(device) : refused('invalid');
}

/** Makes one transport for each direction on the visit's SFU. Nothing flows before something is produced. */
export async function openMediaTransports(
  device: types.Device,
  options: MediaTransportsOptions,
): Promise<Result<MediaTransports>> {
  const { signaling } = options;
  const [up, down] = await Promise.all([
    signaling.request('sfu:createTransport', { direction: 'send' }),
    signaling.request('sfu:createTransport', { direction: 'receive' }),
  ]);
  if (!up.ok) return up;
  if (!down.ok) return down;

  const send = device.createSendTransport({
    ...(up.value as types.TransportOptions),
    additionalSettings: options.settings,
  });
  const receive = device.createRecvTransport({
    ...(down.value as types.TransportOptions),
    additionalSettings: options.settings,
  });
  const broken = new Set<types.Transport>();
  const keepers = [send, receive].map((transport) =>
    keepConnected(transport, options, (connected) => {
      if (connected) broken.delete(transport);
      else broken.add(transport);
      options.onPath(broken.size === 0);
    }),
  );
  send.on('produce', ({ kind, rtpParameters }, done, failed) => {
    signaling
      .request('sfu:produce', {
        transportId: send.id,
        kind,
        rtpParameters: rtpParameters as RequestInput<'sfu:produce'>['rtpParameters'],
      })
      .then((answer) => {
        if (answer.ok) done({ id: answer.value.producerId });
        else failed(new MediaRefused(answer.code));
      }, failed);
  });

  return accepted({
    send,
    receive,
    capabilities: device.recvRtpCapabilities,
    restartIce() {
      for (const keeper of keepers) keeper.restartIce();
    },
    close() {
      for (const keeper of keepers) keeper.stop();
      send.close();
      receive.close();
    },
  });
}

/** RFC 6464 levels travel outside the sealed part: with them the SFU would see who speaks when. */
function withoutAudioLevel(capabilities: VisitRtpCapabilities): types.RtpCapabilities {
  const headerExtensions = capabilities.headerExtensions?.filter((extension) => extension.uri !== audioLevel) ?? [];
  // The parsed shape is a subset of mediasoup's, which spells its optional fields in another way.
  return { ...capabilities, headerExtensions } as types.RtpCapabilities;
}

/** Answers DTLS, and restarts ICE while the path is gone. Asks for new transports when the SFU forgot this one. */
function keepConnected(
  transport: types.Transport,
  options: MediaTransportsOptions,
  onPath: (connected: boolean) => void,
): { restartIce: () => void; stop: () => void } {
  const { signaling } = options;
  let restart: ReturnType<typeof setTimeout> | undefined;

  transport.on('connect', ({ dtlsParameters }, done, failed) => {
    signaling
      .request('sfu:connectTransport', {
        transportId: transport.id,
        dtlsParameters: dtlsParameters as RequestInput<'sfu:connectTransport'>['dtlsParameters'],
      })
      .then((answer) => {
        if (answer.ok) done();
        else failed(new MediaRefused(answer.code));
      }, failed);
  });
  transport.on('connectionstatechange', (state) => {
    clearTimeout(restart);
    switch (state) {
      case 'connected':
        onPath(true);
        return;
      case 'disconnected':
        onPath(false);
        restart = setTimeout(restartIce, disconnectedGraceMs);
        return;
      case 'failed':
        onPath(false);
        restartIce();
        return;
      case 'new':
      case 'connecting':
      case 'closed':
        return;
    }
  });

  function restartIce(): void {
    clearTimeout(restart);
    restart = setTimeout(restartIce, restartEveryMs);
    void signaling
      .request('sfu:restartIce', { transportId: transport.id })
      .then((answer) => {
        if (transport.closed) return undefined;
        if (answer.ok) {
          // A connected transport that takes new credentials over tells no change of state.
          if (transport.connectionState === 'connected') clearTimeout(restart);
          return transport.restartIce({ iceParameters: answer.value.iceParameters as types.IceParameters });
        }
        if (answer.code === 'notFound' || answer.code === 'wrongState') {
          clearTimeout(restart);
          options.onLost();
        }
        return undefined;
      })
      // Restarting throws only when the transport is closed meanwhile, and then the timer is stopped as well.
      .catch(() => undefined);
  }

  return {
    restartIce() {
      // Before its first connection a transport has nothing to restart.
      if (transport.connectionState !== 'new') restartIce();
    },
    stop() {
      clearTimeout(restart);
    },
  };
}

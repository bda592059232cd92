import { type TransportId, transportId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import { transportOptions, type VisitDtlsParameters } from '@sotto/protocol/rtp';
import type { SfuReply } from '@sotto/protocol/sfuControl';
import type { types } from 'mediasoup';
import { refusalCode } from './errors.ts';
import { limits } from './limits.ts';
import type { PeerEvents } from './peerEvents.ts';
import { asDtlsParameters } from './rtpShapes.ts';

type Nothing = SfuReply<'transport:connect'>;
export type Direction = 'send' | 'receive';

interface OwnTransport {
  readonly direction: Direction;
  readonly transport: types.WebRtcTransport;
  connecting: boolean;
}

/**
 * One peer's transports: one a direction. Making another closes the older, so that a client that builds anew after
 * a failure can't run out of them.
 */
export class Transports {
  readonly #router: types.Router;
  readonly #webRtcServer: types.WebRtcServer;
  readonly #events: PeerEvents;
  readonly #own = new Map<TransportId, OwnTransport>();
  #closed = false;

  constructor(router: types.Router, webRtcServer: types.WebRtcServer, events: PeerEvents) {
    this.#router = router;
    this.#webRtcServer = webRtcServer;
    this.#events = events;
  }

  async create(direction: Direction): Promise<Result<SfuReply<'transport:create'>>> {
    const transport = await this.#router.createWebRtcTransport({
      webRtcServer: this.#webRtcServer,
      enableUdp: true,
      enableTcp: true,
      preferUdp: true,
      initialAvailableOutgoingBitrate: limits.initialOutgoingBitrate,
    });
    if (direction === 'send') await transport.setMaxIncomingBitrate(limits.maxIncomingBitrate);
    else await transport.setMaxOutgoingBitrate(limits.maxOutgoingBitrate);
    if (this.#closed) {
      transport.close();
      return refused('wrongState');
    }
    const id = transportId.parse(transport.id);
    for (const [olderId, older] of this.#own) if (older.direction === direction) this.#close(olderId, older);
    const own = { direction, transport, connecting: false };
    this.#own.set(id, own);
    transport.on('dtlsstatechange', (state) => {
      if (state !== 'failed' && state !== 'closed') return;
      this.#close(id, own);
      this.#events.transportClosed(id, state === 'failed' ? 'dtlsFailed' : 'dtlsClosed');
    });
    return accepted(describe(transport));
  }

  /**
   * The client has to be the DTLS client. As the server the worker chooses the SRTP suite, and prefers
   * AEAD_AES_256_GCM and AEAD_AES_128_GCM (RFC 7714) to all else; browsers in that place choose AES_CM with HMAC-SHA1.
   */
  async connect(id: TransportId, dtlsParameters: VisitDtlsParameters): Promise<Result<Nothing>> {
    const own = this.#own.get(id);
    if (!own) return refused('notFound');
    if (dtlsParameters.role !== 'client') return refused('invalid');
    if (own.connecting) return refused('wrongState');
    own.connecting = true;
    try {
      await own.transport.connect({ dtlsParameters: asDtlsParameters(dtlsParameters) });
    } catch (fault) {
      own.connecting = false;
      return refused(refusalCode(fault));
    }
    return accepted({});
  }

  async restartIce(id: TransportId): Promise<Result<SfuReply<'transport:restartIce'>>> {
    const own = this.#own.get(id);
    if (!own) return refused('notFound');
    return accepted({ iceParameters: await own.transport.restartIce() });
  }

  /** The transport with that id, if it is this peer's and carries that way. */
  find(id: TransportId, direction: Direction): Result<types.WebRtcTransport> {
    const own = this.#own.get(id);
    if (!own) return refused('notFound');
    return own.direction === direction ? accepted(own.transport) : refused('wrongState');
  }

  /** Closes all for good; what is being made at this moment is closed as soon as it is there. */
  close(): void {
    this.#closed = true;
    for (const [id, own] of this.#own) this.#close(id, own);
  }

  #close(id: TransportId, own: OwnTransport): void {
    this.#own.delete(id);
    own.transport.close();
  }
}

function describe(transport: types.WebRtcTransport): SfuReply<'transport:create'> {
  const { fingerprints } = transport.dtlsParameters;
  return transportOptions.parse({
    id: transport.id,
    iceParameters: transport.iceParameters,
    iceCandidates: transport.iceCandidates,
    // mediasoup also lists its certificate's fingerprints by weaker hashes; one by a strong hash is enough.
    dtlsParameters: { role: 'server', fingerprints: fingerprints.filter(({ algorithm }) => algorithm === 'sha-256') },
  });
}

import { createWorker, type types } from 'mediasoup';
import { HostileRelay } from './hostileRelay.ts';
import { FrameCollector } from './rtpFrames.ts';

const mediaCodecs: types.RouterRtpCodecCapability[] = [
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2, preferredPayloadType: 111 },
  { kind: 'video', mimeType: 'video/VP8', clockRate: 90_000, preferredPayloadType: 96 },
];

const parameters = ({ id, iceParameters, iceCandidates, dtlsParameters }: types.WebRtcTransport) => ({
  id,
  iceParameters,
  iceCandidates,
  dtlsParameters,
});

/** A router of this test's own, that also keeps what passes: an SFU in the hands of somebody curious. */
export class TestSfu implements AsyncDisposable {
  readonly #worker: types.Worker;
  readonly #router: types.Router;
  readonly #direct: types.DirectTransport;
  readonly #transports = new Map<string, types.WebRtcTransport>();
  readonly #relays = new Map<string, HostileRelay>();
  /** Frames as they came from the sender, by kind. */
  readonly seen = { audio: new FrameCollector('audio'), video: new FrameCollector('video') };

  private constructor(worker: types.Worker, router: types.Router, direct: types.DirectTransport) {
    this.#worker = worker;
    this.#router = router;
    this.#direct = direct;
  }

  static async start(): Promise<TestSfu> {
    const binary = process.env['MEDIASOUP_WORKER_BIN'];
    const worker = await createWorker({ logLevel: 'error', ...(binary === undefined ? {} : { workerBin: binary }) });
    const router = await worker.createRouter({ mediaCodecs });
    return new TestSfu(worker, router, await router.createDirectTransport());
  }

  get rtpCapabilities(): types.RtpCapabilities {
    return this.#router.rtpCapabilities;
  }

  async createTransport(): Promise<ReturnType<typeof parameters>> {
    const transport = await this.#router.createWebRtcTransport({
      listenInfos: [{ protocol: 'udp', ip: '127.0.0.1' }],
      initialAvailableOutgoingBitrate: 1_000_000,
    });
    this.#transports.set(transport.id, transport);
    return parameters(transport);
  }

  async connect(transportId: string, dtlsParameters: types.DtlsParameters): Promise<void> {
    await this.#transport(transportId).connect({ dtlsParameters });
  }

  async produce(transportId: string, kind: types.MediaKind, rtpParameters: types.RtpParameters): Promise<string> {
    const producer = await this.#transport(transportId).produce({ kind, rtpParameters });
    const tap = await this.#direct.consume({ producerId: producer.id, rtpCapabilities: this.rtpCapabilities });
    tap.on('rtp', (packet) => this.seen[kind].take(packet));
    return producer.id;
  }

  async consume(transportId: string, producerId: string, rtpCapabilities: types.RtpCapabilities) {
    const source = this.#relays.get(producerId)?.id ?? producerId;
    const consumer = await this.#transport(transportId).consume({ producerId: source, rtpCapabilities });
    const { id, kind, rtpParameters } = consumer;
    return { id, producerId, kind, rtpParameters };
  }

  /** Whoever asks for this producer gets what the relay makes of it instead. */
  async interpose(producerId: string, kind: types.MediaKind): Promise<HostileRelay> {
    const relay = await HostileRelay.start(this.#direct, this.rtpCapabilities, kind);
    this.#relays.set(producerId, relay);
    await relay.listen(producerId);
    return relay;
  }

  async requestKeyFrame(producerId: string): Promise<void> {
    await this.#relays.get(producerId)?.requestKeyFrame();
  }

  #transport(id: string): types.WebRtcTransport {
    const transport = this.#transports.get(id);
    if (!transport) throw new Error('no such transport');
    return transport;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#worker.once('subprocessclose', () => resolve(undefined)));
    this.#worker.close();
    await ended;
  }
}

/** What a page asks of the SFU, over Playwright's bindings. */
export type SfuRequests = Pick<TestSfu, 'createTransport' | 'connect' | 'produce' | 'consume' | 'requestKeyFrame'>;

import { randomInt } from 'node:crypto';
import type { types } from 'mediasoup';
import { FrameCollector, FramePacketizer, type SentFrame } from './rtpFrames.ts';

/**
 * What the relay makes of a frame that has come: the payloads that it sends in its place.
 *
 * @param payload what stood between RTP and the codec
 */
export type Tamper = (payload: Buffer) => readonly Buffer[];

const honest: Tamper = (payload) => [payload];
/** Packet type, RFC 4585 section 6.1. */
const payloadSpecificFeedback = 206;
/** Of the RTP clock: frames that are put in come just after the one that they follow. */
const betweenFrames = 45;

/** A producer of the SFU's own making: what it is asked for comes out of it as the SFU pleases. */
export class HostileRelay {
  /** Whatever has come, in order. */
  readonly #history: Buffer[] = [];
  readonly #kind: types.MediaKind;
  readonly #direct: types.DirectTransport;
  readonly #capabilities: types.RtpCapabilities;
  readonly #producer: types.Producer;
  readonly #packetizer: FramePacketizer;
  #tap: types.Consumer | null = null;
  #tamper: Tamper = honest;

  private constructor(
    direct: types.DirectTransport,
    capabilities: types.RtpCapabilities,
    producer: types.Producer,
    ssrc: number,
  ) {
    this.#direct = direct;
    this.#capabilities = capabilities;
    this.#producer = producer;
    this.#kind = producer.kind;
    this.#packetizer = new FramePacketizer(producer.kind, ssrc);
  }

  static async start(
    direct: types.DirectTransport,
    capabilities: types.RtpCapabilities,
    kind: types.MediaKind,
  ): Promise<HostileRelay> {
    const ssrc = randomInt(1, 2 ** 32);
    const codec =
      kind === 'audio'
        ? { mimeType: 'audio/opus', payloadType: 111, clockRate: 48_000, channels: 2 }
        : {
            mimeType: 'video/VP8',
            payloadType: 96,
            clockRate: 90_000,
            rtcpFeedback: [{ type: 'nack', parameter: 'pli' }],
          };
    const producer = await direct.produce({ kind, rtpParameters: { codecs: [codec], encodings: [{ ssrc }] } });
    const relay = new HostileRelay(direct, capabilities, producer, ssrc);
    // Whoever begins to consume asks for a key frame, and is sent nothing before it.
    direct.on('rtcp', (packet) => {
      if (packet.readUInt8(1) === payloadSpecificFeedback) void relay.requestKeyFrame();
    });
    return relay;
  }

  get id(): string {
    return this.#producer.id;
  }

  /** What was relayed so far. */
  get history(): readonly Buffer[] {
    return this.#history;
  }

  /** Takes its frames from this producer now, whomever it's asked for. */
  async listen(producerId: string): Promise<void> {
    this.#tap?.close();
    const collector = new FrameCollector(this.#kind);
    const tap = await this.#direct.consume({ producerId, rtpCapabilities: this.#capabilities });
    this.#tap = tap;
    tap.on('rtp', (packet) => {
      const frame = collector.take(packet);
      if (frame !== null) this.#relay(frame);
    });
    await this.requestKeyFrame();
  }

  behave(): void {
    this.#tamper = honest;
  }

  misbehave(tamper: Tamper): void {
    this.#tamper = tamper;
  }

  async requestKeyFrame(): Promise<void> {
    const tap = this.#tap;
    if (this.#kind !== 'video' || tap === null) return;
    await tap.requestKeyFrame().catch((error: unknown) => {
      // Another producer may be listened to meanwhile.
      if (!tap.closed) throw error;
    });
  }

  #relay(frame: SentFrame): void {
    this.#history.push(frame.payload);
    for (const [index, payload] of this.#tamper(frame.payload).entries()) {
      const timestamp = frame.timestamp + index * betweenFrames;
      for (const packet of this.#packetizer.packets({ ...frame, timestamp, payload })) this.#producer.send(packet);
    }
  }
}

/** One encoded frame as it left the sender: what stands between RTP and the codec. */
export interface SentFrame {
  /** RTP timestamp. */
  readonly timestamp: number;
  readonly payload: Buffer;
  /** Of its first packet; empty for sound. */
  readonly descriptor: Buffer;
}

interface Packet {
  readonly marker: boolean;
  readonly timestamp: number;
  readonly payload: Buffer;
}

/** RFC 3550 section 5.1. */
function parsePacket(packet: Buffer): Packet {
  const first = packet.readUInt8(0);
  let start = 12 + (first & 0x0f) * 4;
  if (first & 0x10) start += 4 + packet.readUInt16BE(start + 2) * 4;
  const end = first & 0x20 ? packet.length - packet.readUInt8(packet.length - 1) : packet.length;
  return {
    marker: (packet.readUInt8(1) & 0x80) !== 0,
    timestamp: packet.readUInt32BE(4),
    payload: packet.subarray(start, end),
  };
}

/** Length of the VP8 payload descriptor, RFC 7741 section 4.2. */
function descriptorLength(payload: Buffer): number {
  if (!(payload.readUInt8(0) & 0x80)) return 1;
  const extensions = payload.readUInt8(1);
  let length = 2;
  if (extensions & 0x80) length += payload.readUInt8(length) & 0x80 ? 2 : 1;
  if (extensions & 0x40) length += 1;
  if (extensions & 0x30) length += 1;
  return length;
}

/** Puts RTP packets that come in order together to frames. */
export class FrameCollector {
  readonly frames: SentFrame[] = [];
  readonly #kind: 'audio' | 'video';
  #parts: Buffer[] = [];
  #descriptor = Buffer.alloc(0);
  #timestamp: number | undefined;

  constructor(kind: 'audio' | 'video') {
    this.#kind = kind;
  }

  /** @returns the frame that this packet completes */
  take(bytes: Buffer): SentFrame | null {
    const { marker, timestamp, payload } = parsePacket(bytes);
    // Padding only: probes for bandwidth.
    if (payload.length === 0) return null;
    if (this.#kind === 'audio') return this.#keep(timestamp, [payload], Buffer.alloc(0));
    const length = descriptorLength(payload);
    if (timestamp !== this.#timestamp) this.#parts = [];
    if (this.#parts.length === 0) this.#descriptor = Buffer.from(payload.subarray(0, length));
    this.#timestamp = timestamp;
    this.#parts.push(Buffer.from(payload.subarray(length)));
    if (!marker) return null;
    const parts = this.#parts;
    this.#parts = [];
    return this.#keep(timestamp, parts, this.#descriptor);
  }

  #keep(timestamp: number, parts: readonly Buffer[], descriptor: Buffer): SentFrame {
    const frame = { timestamp, payload: Buffer.concat(parts), descriptor };
    this.frames.push(frame);
    return frame;
  }
}

const packetOctets = 1_100;
const payloadTypes = { audio: 111, video: 96 } as const;

/** Makes RTP packets of frames, with numbers of its own. */
export class FramePacketizer {
  readonly #kind: 'audio' | 'video';
  readonly #ssrc: number;
  #sequence = 0;

  constructor(kind: 'audio' | 'video', ssrc: number) {
    this.#kind = kind;
    this.#ssrc = ssrc;
  }

  packets({ timestamp, payload, descriptor }: SentFrame): Buffer[] {
    const packets: Buffer[] = [];
    for (let offset = 0; offset === 0 || offset < payload.length; offset += packetOctets) {
      const isLast = offset + packetOctets >= payload.length;
      const header = Buffer.alloc(12);
      header.writeUInt8(0x80, 0);
      header.writeUInt8(payloadTypes[this.#kind] | (this.#kind === 'video' && isLast ? 0x80 : 0), 1);
      header.writeUInt16BE(this.#sequence, 2);
      header.writeUInt32BE(timestamp >>> 0, 4);
      header.writeUInt32BE(this.#ssrc, 8);
      this.#sequence = (this.#sequence + 1) & 0xffff;
      packets.push(
        Buffer.concat([header, this.#describe(descriptor, offset), payload.subarray(offset, offset + packetOctets)]),
      );
    }
    return packets;
  }

  /** The S bit says where a frame begins. */
  #describe(descriptor: Buffer, offset: number): Buffer {
    const own = Buffer.from(descriptor);
    const [first] = own;
    if (first !== undefined) own.writeUInt8(offset === 0 ? first | 0x10 : first & ~0x10, 0);
    return own;
  }
}

/** One encoded frame as it left the sender: what stands between RTP and the codec. */
export interface SentFrame {
  /** RTP timestamp. */
  readonly timestamp: number;
  readonly payload: Buffer;
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
  #timestamp: number | undefined;

  constructor(kind: 'audio' | 'video') {
    this.#kind = kind;
  }

  take(bytes: Buffer): void {
    const { marker, timestamp, payload } = parsePacket(bytes);
    // Padding only: probes for bandwidth.
    if (payload.length === 0) return;
    if (this.#kind === 'audio') {
      this.frames.push({ timestamp, payload: Buffer.from(payload) });
      return;
    }
    if (timestamp !== this.#timestamp) this.#parts = [];
    this.#timestamp = timestamp;
    this.#parts.push(Buffer.from(payload.subarray(descriptorLength(payload))));
    if (!marker) return;
    this.frames.push({ timestamp, payload: Buffer.concat(this.#parts) });
    this.#parts = [];
  }
}

import { randomBytes } from 'node:crypto';

/** A variable-size vector of RFC 9420 section 2.1.2. */
export function vector(content: Uint8Array): Buffer {
  const { length } = content;
  const prefix = Buffer.alloc(length < 0x40 ? 1 : length < 0x4000 ? 2 : 4);
  if (prefix.length === 1) prefix.writeUInt8(length);
  else if (prefix.length === 2) prefix.writeUInt16BE(length | 0x4000);
  else prefix.writeUInt32BE((length | 0x80000000) >>> 0);
  return Buffer.concat([prefix, content]);
}

export interface Frame {
  readonly version?: number;
  readonly wireFormat?: number;
  /** base64url */
  readonly groupId: string;
  readonly epoch: number;
  readonly contentType: number;
  /** How many bytes of ciphertext. */
  readonly size?: number;
}

/** A PrivateMessage as a browser sends it, as far as signaling can see: what is encrypted is random here. */
export function frame(options: Frame): Uint8Array<ArrayBuffer> {
  const { version = 1, wireFormat = 2, groupId, epoch, contentType, size = 200 } = options;
  const head = Buffer.alloc(4);
  head.writeUInt16BE(version, 0);
  head.writeUInt16BE(wireFormat, 2);
  const place = Buffer.alloc(9);
  place.writeBigUInt64BE(BigInt(epoch), 0);
  place.writeUInt8(contentType, 8);
  const group = vector(Buffer.from(groupId, 'base64url'));
  const encrypted = [vector(Buffer.alloc(0)), vector(randomBytes(28)), vector(randomBytes(size))];
  return new Uint8Array(Buffer.concat([head, group, place, ...encrypted]));
}

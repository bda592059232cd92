import type { GroupId } from '@sotto/protocol/ids';

/** What the two kinds of message that members send are in RFC 9420 section 6's `ContentType`. */
export const contentTypes = { application: 1, commit: 3 } as const;
export type ContentType = (typeof contentTypes)[keyof typeof contentTypes];

const mls10 = 0x0001;
const wireFormatPrivateMessage = 0x0002;

/** The part of a PrivateMessage that isn't encrypted, as far as the delivery service needs it. */
export interface PrivateFraming {
  /** base64url */
  readonly groupId: string;
  readonly epoch: bigint;
  readonly contentType: number;
}

/**
 * Reads the clear framing of an MLSMessage that holds a PrivateMessage (RFC 9420 sections 6 and 6.3), and checks that
 * its vectors fill it to the last octet. What is encrypted can't be judged here.
 *
 * @returns undefined unless the octets are one such message
 */
export function readPrivateFraming(octets: Uint8Array): PrivateFraming | undefined {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  if (view.byteLength < 4 || view.getUint16(0) !== mls10 || view.getUint16(2) !== wireFormatPrivateMessage) {
    return undefined;
  }
  const group = vectorAt(view, 4);
  if (group === undefined || group.end + 9 > view.byteLength) return undefined;
  const epoch = view.getBigUint64(group.end);
  const contentType = view.getUint8(group.end + 8);
  const authenticatedData = vectorAt(view, group.end + 9);
  const senderData = authenticatedData && vectorAt(view, authenticatedData.end);
  const ciphertext = senderData && vectorAt(view, senderData.end);
  if (ciphertext?.end !== view.byteLength) return undefined;
  // An AEAD never gives nothing: its tag is there for an empty text too.
  if (senderData?.start === senderData?.end || ciphertext.start === ciphertext.end) return undefined;
  const groupId = Buffer.from(octets.subarray(group.start, group.end)).toString('base64url');
  return { groupId, epoch, contentType };
}

/** Whether the octets are framed as a private message of that kind, of that group and, if given, of that epoch. */
export function isFramedAs(
  octets: Uint8Array,
  expected: { readonly contentType: ContentType; readonly groupId: GroupId; readonly epoch?: number },
): boolean {
  const framing = readPrivateFraming(octets);
  return (
    framing?.contentType === expected.contentType &&
    framing.groupId === expected.groupId &&
    (expected.epoch === undefined || framing.epoch === BigInt(expected.epoch))
  );
}

/** A variable-size vector (RFC 9420 section 2.1.2); its length has to be in the shortest form. */
function vectorAt(view: DataView, at: number): { start: number; end: number } | undefined {
  const length = lengthAt(view, at);
  if (length === undefined || length.end + length.value > view.byteLength) return undefined;
  return { start: length.end, end: length.end + length.value };
}

function lengthAt(view: DataView, at: number): { value: number; end: number } | undefined {
  const left = view.byteLength - at;
  if (left < 1) return undefined;
  const first = view.getUint8(at);
  if (first < 0x40) return { value: first, end: at + 1 };
  if (first < 0x80 && left >= 2) return atLeast(0x40, { value: view.getUint16(at) & 0x3fff, end: at + 2 });
  if (first >= 0x80 && first < 0xc0 && left >= 4) {
    return atLeast(0x4000, { value: view.getUint32(at) & 0x3fffffff, end: at + 4 });
  }
  return undefined;
}

const atLeast = (floor: number, length: { value: number; end: number }) => (length.value < floor ? undefined : length);

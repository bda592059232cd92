/**
 * A frame's number, readable from its picture after VP8 at a low bitrate: 48 cells in three rows of sixteen at the
 * top of the frame, each black (0) or white (1).
 *
 * bits 0-7 a fixed pattern (a picture of anything else hardly has it), 8-15 the clip, 16-31 the frame's number,
 * 32-47 CRC-16/CCITT-FALSE over the four bytes before it. Most significant bit first.
 */
export const grid = { columns: 16, rows: 9, codeRows: 3 } as const;
export const codeBits = grid.columns * grid.codeRows;

const marker = 0b1010_0110;

/** Which clip and which of its frames a picture shows. */
export interface TimeCode {
  /** 0 to 255. */
  readonly clip: number;
  /** 0 to 65535. */
  readonly frame: number;
}

function crc16(bytes: readonly number[]): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}

/** The cells of a code, row by row: 48 characters of `0` and `1`. */
export function encodeTimeCode({ clip, frame }: TimeCode): string {
  const bytes = [marker, clip, frame >> 8, frame & 0xff];
  const crc = crc16(bytes);
  return [...bytes, crc >> 8, crc & 0xff].map((byte) => byte.toString(2).padStart(8, '0')).join('');
}

/** Reads cells back; undefined if they aren't a code, whole and unchanged. */
export function decodeTimeCode(cells: string): TimeCode | undefined {
  if (cells.length !== codeBits) return undefined;
  const bytes = Array.from({ length: codeBits / 8 }, (_, index) =>
    Number.parseInt(cells.slice(index * 8, index * 8 + 8), 2),
  );
  const [first, clip, high, low, crcHigh, crcLow] = bytes;
  if (first !== marker || clip === undefined || high === undefined || low === undefined) return undefined;
  if (crcHigh === undefined || crcLow === undefined) return undefined;
  if (crc16([first, clip, high, low]) !== ((crcHigh << 8) | crcLow)) return undefined;
  return { clip, frame: (high << 8) | low };
}

import { open } from 'node:fs/promises';
import { AuditFormatError } from '../errors.ts';

/** Reads a small file. @throws AuditFormatError if it is longer than what it should hold can be */
export async function readCapped(path: string, maxBytes: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const room = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(room, length, room.length - length, null);
      length += bytesRead;
      if (length > maxBytes) throw new AuditFormatError('export', 'too large');
      if (bytesRead === 0) return new Uint8Array(room.subarray(0, length));
    }
  } finally {
    await file.close();
  }
}

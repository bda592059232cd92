import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/** A full log is put aside under `.1`, over the one before: two times this much is kept. */
const maxBytes = 8 * 1024 * 1024;

/** A log that is appended to, never grows without end, and that only its owner may read. */
export interface LogFile {
  write(chunk: string): void;
  close(): void;
}

export function openLogFile(path: string): LogFile {
  let descriptor = openSync(path, 'a', 0o600);
  let size = fstatSync(descriptor).size;
  return {
    write: (chunk) => {
      if (size > maxBytes) {
        closeSync(descriptor);
        renameSync(path, `${path}.1`);
        descriptor = openSync(path, 'a', 0o600);
        size = 0;
      }
      size += writeSync(descriptor, chunk);
    },
    close: () => closeSync(descriptor),
  };
}

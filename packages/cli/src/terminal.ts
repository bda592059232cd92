import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

/** Where a command reads and writes. Results go to standard output, sentences for people to standard error. */
export interface Terminal {
  readonly stdin: Readable;
  /** Writes text of the result. */
  readonly out: (text: string) => void;
  /** Writes bytes of the result, waiting while the reader is slower; rejects when it's told to stop. */
  readonly bytes: (chunk: Uint8Array) => Promise<void>;
  /** Says something to the person. */
  readonly err: (text: string) => void;
  /** Aborts when the command is told to stop. */
  readonly stop: AbortSignal;
}

/** The terminal of this process. */
export const processTerminal = (
  { stdin, stdout, stderr }: { stdin: Readable; stdout: Writable & { readonly fd: number }; stderr: Writable },
  stop: AbortSignal,
): Terminal => {
  // A pipe or a terminal is a socket to Node. Its stream over anything else takes a write that was cut short, as on a
  // full disk, for a whole one.
  const straight = !(stdout instanceof Socket);
  return {
    stdin,
    out: (text) => {
      if (straight) writeAll(stdout.fd, Buffer.from(text));
      else stdout.write(text);
    },
    bytes: async (chunk) => {
      if (straight) writeAll(stdout.fd, chunk);
      else if (!stdout.write(chunk)) await once(stdout, 'drain', { signal: stop });
    },
    err: (text) => {
      stderr.write(text);
    },
    stop,
  };
};

const writeAll = (fd: number, bytes: Uint8Array): void => {
  for (let written = 0; written < bytes.byteLength; ) written += writeSync(fd, bytes, written);
};

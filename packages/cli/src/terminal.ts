import { once } from 'node:events';
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
  { stdin, stdout, stderr }: { stdin: Readable; stdout: Writable; stderr: Writable },
  stop: AbortSignal,
): Terminal => ({
  stdin,
  out: (text) => {
    stdout.write(text);
  },
  bytes: async (chunk) => {
    if (!stdout.write(chunk)) await once(stdout, 'drain', { signal: stop });
  },
  err: (text) => {
    stderr.write(text);
  },
  stop,
});

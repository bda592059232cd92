import type { ExitCode } from './errors.ts';

/** Where a command reads and writes. Results go to `out`, sentences for people to `say`. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream;
  /** Writes a line of the result to standard output. */
  line(text: string): void;
  /** Writes bytes of the result to standard output, waiting while the reader is slower. */
  bytes(chunk: Uint8Array): Promise<void>;
  /** Says one sentence on standard error. */
  say(sentence: string): void;
}

/** A sub-command: what it's called with, and what it ends with. Throws `CommandError`. */
export interface Command {
  /** One line: the synopsis and what it does. */
  readonly usage: string;
  run(args: readonly string[], terminal: Terminal): Promise<ExitCode>;
}

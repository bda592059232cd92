/** What the command ends with. Scripts rely on these. */
export const exitCodes = {
  /** Done, and everything was as it should be. */
  good: 0,
  /** What was looked at isn't what it should be. */
  bad: 1,
  /** The command line doesn't say what to do. */
  usage: 2,
  /** A file or pipe couldn't be read or written. */
  unreadable: 3,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends the command with one plain sentence for the person at the terminal. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, sentence: string) {
    super(sentence);
    this.exitCode = exitCode;
  }
}

export const usageError = (sentence: string): CommandError => new CommandError(exitCodes.usage, sentence);

export const unreadable = (sentence: string): CommandError => new CommandError(exitCodes.unreadable, sentence);

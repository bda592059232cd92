/** What the command ends with, whichever part of it ran. Scripts rely on these. */
export const exitCodes = {
  /** Done, and everything was as it should be. */
  good: 0,
  /** What was looked at isn't what it should be. */
  bad: 1,
  /** It couldn't be carried out: the command line doesn't say what to do, or something couldn't be read or written. */
  notDone: 2,
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

/** What was looked at isn't what it should be. */
export const bad = (sentence: string): CommandError => new CommandError(exitCodes.bad, sentence);

/** The command couldn't be carried out. */
export const notDone = (sentence: string): CommandError => new CommandError(exitCodes.notDone, sentence);

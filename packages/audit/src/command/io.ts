/** Where a command speaks to. */
export interface CommandIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Ends a command that runs until told to stop. */
  readonly stop: AbortSignal;
}

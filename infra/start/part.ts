/** A running part, however it is made to run. */
export interface RunningPart {
  /** Settles with the reason when the part ends, asked to or not. Never rejects. */
  exited: Promise<string>;
  /** Asks it to end and waits until it has; makes it, after a while. */
  stop(): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}

/** Something that the supervisor starts, watches, restarts and stops. */
export interface Part {
  name: string;
  /**
   * Resolves once the part serves.
   *
   * @param signal ends the start early
   * @throws StartError with the part's own sentence on why it can't
   */
  start(signal: AbortSignal): Promise<RunningPart>;
}

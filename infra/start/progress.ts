/** Where progress is written; `process.stderr` in life. */
export interface ProgressSink {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** Tells what a step is doing, in a few words. */
export type Report = (detail: string) => void;

export interface Progress {
  /** Runs a step and shows its name, the time it takes, and how it ends. */
  step<T>(name: string, run: (report: Report) => Promise<T>): Promise<T>;
  /** Writes a line that stays. */
  note(line: string): void;
}

const frameMs = 100;
/** Without a terminal, a long step says that it's still at it this often. */
const plainBeatMs = 15_000;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1).padStart(7)} s`;

/**
 * Progress as lines of `elapsed  step: what`. On a terminal the current step's line is kept up to date in place;
 * elsewhere a step that takes long writes a line now and then.
 *
 * @param clock monotonic milliseconds
 */
export function createProgress(sink: ProgressSink, clock: () => number = () => performance.now()): Progress {
  const isLive = sink.isTTY === true;
  let live = '';

  const clear = () => {
    if (live !== '') sink.write('\r\u001b[K');
    live = '';
  };
  const draw = (line: string) => {
    clear();
    live = line.slice(0, (sink.columns ?? 80) - 1);
    sink.write(live);
  };
  const note = (line: string) => {
    const current = live;
    clear();
    sink.write(`${line}\n`);
    if (current !== '') draw(current);
  };

  return {
    note,
    step: async (name, run) => {
      const started = clock();
      let detail = '';
      const line = (words: string) => `${seconds(clock() - started)}  ${name}${words === '' ? '' : `: ${words}`}`;
      const timer = setInterval(
        () => (isLive ? draw(line(detail)) : note(line(detail === '' ? 'still at it' : detail))),
        isLive ? frameMs : plainBeatMs,
      );
      const end = (words: string) => {
        clearInterval(timer);
        clear();
        sink.write(`${line(words)}\n`);
      };
      try {
        const result = await run((words) => {
          const isFirst = detail === '';
          detail = words;
          // The first word on what takes time is worth a line even where nothing can be updated in place.
          if (!isLive && isFirst) note(line(words));
        });
        end(detail === '' ? 'done' : `done (${detail})`);
        return result;
      } catch (fault) {
        end('failed');
        throw fault;
      }
    },
  };
}

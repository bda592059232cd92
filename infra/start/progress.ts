import { Cancelled } from '../errors.ts';

/** Where progress is written; `process.stderr` in life. */
export interface ProgressSink {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** Tells what a step is doing, in a few words; the last ones stay when it ends. */
export type Report = (detail: string) => void;

export interface Progress {
  /** Runs a step and shows its name, the time it takes, and how it ends. */
  step<T>(name: string, run: (report: Report) => Promise<T>): Promise<T>;
  /** Writes a line that stays. */
  note(line: string): void;
}

const frameMs = 100;
/** Without a terminal, a step that takes long says so after the first time, and then every so often. */
const plainFirstMs = 1_000;
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
    // Some terminals say that they are 0 columns wide.
    const { columns = 0 } = sink;
    live = line.slice(0, (columns > 0 ? columns : 80) - 1);
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
      const show = () => (isLive ? draw(line(detail)) : note(line(detail === '' ? 'under way' : detail)));
      const first = setTimeout(show, isLive ? 0 : plainFirstMs);
      const timer = setInterval(show, isLive ? frameMs : plainBeatMs);
      const end = (words: string) => {
        clearTimeout(first);
        clearInterval(timer);
        clear();
        sink.write(`${line(words)}\n`);
      };
      try {
        const result = await run((words) => {
          detail = words;
        });
        end(detail === '' ? 'done' : detail);
        return result;
      } catch (fault) {
        end(fault instanceof Cancelled ? 'stopped' : 'failed');
        throw fault;
      }
    },
  };
}

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
const plainFirstMs = 3_000;
const plainBeatMs = 15_000;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1).padStart(7)} s`;

interface Step {
  name: string;
  started: number;
  detail: string;
}

/**
 * Progress as lines of `elapsed  step: what`. On a terminal the line of what is going on is kept up to date in place;
 * elsewhere a step that takes long writes a line now and then. Steps may overlap.
 *
 * @param clock monotonic milliseconds
 */
export function createProgress(sink: ProgressSink, clock: () => number = () => performance.now()): Progress {
  const isLive = sink.isTTY === true;
  const active = new Set<Step>();
  let live = '';

  const line = (step: Step, words: string) =>
    `${seconds(clock() - step.started)}  ${step.name}${words === '' ? '' : `: ${words}`}`;
  const clear = () => {
    if (live !== '') sink.write('\r\u001b[K');
    live = '';
  };
  const draw = () => {
    clear();
    const [first, ...others] = active;
    if (!isLive || !first) return;
    const names = [first, ...others].map(({ name }) => name).join(', ');
    const text = others.length === 0 ? line(first, first.detail) : `${seconds(clock() - first.started)}  ${names}`;
    // Some terminals say that they are 0 columns wide.
    const { columns = 0 } = sink;
    live = text.slice(0, (columns > 0 ? columns : 80) - 1);
    sink.write(live);
  };
  const note = (text: string) => {
    clear();
    sink.write(`${text}\n`);
    draw();
  };

  return {
    note,
    step: async (name, run) => {
      const step: Step = { name, started: clock(), detail: '' };
      active.add(step);
      const show = () => (isLive ? draw() : note(line(step, step.detail === '' ? 'under way' : step.detail)));
      const first = setTimeout(show, isLive ? 0 : plainFirstMs);
      const timer = setInterval(show, isLive ? frameMs : plainBeatMs);
      const end = (words: string) => {
        clearTimeout(first);
        clearInterval(timer);
        active.delete(step);
        note(line(step, words));
      };
      try {
        const result = await run((words) => {
          step.detail = words;
        });
        end(step.detail === '' ? 'done' : step.detail);
        return result;
      } catch (fault) {
        end(fault instanceof Cancelled ? 'stopped' : 'failed');
        throw fault;
      }
    },
  };
}

import type { JSHandle, Locator } from '@playwright/test';

/** How loud a stream was, as root mean square of samples between -1 and 1. */
export interface Loudness {
  /** In the loudest tenth of the time. */
  readonly loud: number;
  /** In the quietest tenth of the time. */
  readonly quiet: number;
}

interface Listening {
  readonly levels: number[];
  stop(): Promise<void>;
}

/** Listens to the sound of a media element's stream, without changing what it plays. */
export class AudioReader implements AsyncDisposable {
  readonly #listening: JSHandle<Listening>;

  private constructor(listening: JSHandle<Listening>) {
    this.#listening = listening;
  }

  /** Starts listening to an `<audio>` or `<video>` whose stream has sound. */
  static async start(media: Locator): Promise<AudioReader> {
    const listening = await media.evaluateHandle(async (element): Promise<Listening> => {
      if (!(element instanceof HTMLMediaElement) || !(element.srcObject instanceof MediaStream)) {
        throw new TypeError('not a media element with a stream');
      }
      const context = new AudioContext();
      await context.resume();
      const analyser = context.createAnalyser();
      analyser.fftSize = 2048;
      context.createMediaStreamSource(element.srcObject).connect(analyser);
      const samples = new Float32Array(analyser.fftSize);
      const levels: number[] = [];
      const timer = setInterval(() => {
        analyser.getFloatTimeDomainData(samples);
        levels.push(Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length));
      }, 40);
      return {
        levels,
        stop: async () => {
          clearInterval(timer);
          await context.close();
        },
      };
    });
    return new AudioReader(listening);
  }

  /** What was heard since the start or the last call. */
  async take(): Promise<Loudness> {
    const levels = await this.#listening.evaluate((listening) => listening.levels.splice(0));
    const sorted = levels.toSorted((a, b) => a - b);
    const tenth = Math.max(1, Math.floor(sorted.length / 10));
    const mean = (values: readonly number[]): number =>
      values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
    return { loud: mean(sorted.slice(-tenth)), quiet: mean(sorted.slice(0, tenth)) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listening.evaluate((listening) => listening.stop());
    await this.#listening.dispose();
  }
}

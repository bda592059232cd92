import type { JSHandle, Locator } from '@playwright/test';
import { decodeTimeCode, grid, type TimeCode } from './timeCode.ts';

/** One picture that a `<video>` showed. */
export interface ShownFrame {
  /** Unix milliseconds, with fractions, at which the page had the picture. */
  readonly at: number;
  /** What it says it is; undefined where nothing readable was shown. */
  readonly code: TimeCode | undefined;
}

interface Recording {
  readonly shown: { at: number; cells: string }[];
  stop(): void;
}

/** Reads the time code of every picture that a `<video>` presents. */
export class FrameReader implements AsyncDisposable {
  readonly #recording: JSHandle<Recording>;

  private constructor(recording: JSHandle<Recording>) {
    this.#recording = recording;
  }

  /** Starts reading; the video may still be without a picture. */
  static async start(video: Locator): Promise<FrameReader> {
    const recording = await video.evaluateHandle((element, { columns, rows, codeRows }): Recording => {
      if (!(element instanceof HTMLVideoElement)) throw new TypeError('not a video');
      const side = 4;
      const canvas = new OffscreenCanvas(columns * side, rows * side);
      const context = canvas.getContext('2d', { willReadFrequently: true });
      if (!context) throw new Error('no canvas');
      const shown: Recording['shown'] = [];
      let callback = 0;

      const cells = (): string => {
        context.drawImage(element, 0, 0, canvas.width, canvas.height);
        const { data } = context.getImageData(0, 0, canvas.width, codeRows * side);
        let text = '';
        for (let row = 0; row < codeRows; row++) {
          for (let column = 0; column < columns; column++) {
            let green = 0;
            for (const [x, y] of [
              [1, 1],
              [2, 1],
              [1, 2],
              [2, 2],
            ] as const) {
              green += data[((row * side + y) * canvas.width + column * side + x) * 4 + 1] ?? 0;
            }
            text += green / 4 >= 126 ? '1' : '0';
          }
        }
        return text;
      };
      const onFrame = (): void => {
        shown.push({ at: performance.timeOrigin + performance.now(), cells: cells() });
        callback = element.requestVideoFrameCallback(onFrame);
      };
      callback = element.requestVideoFrameCallback(onFrame);
      return { shown, stop: () => element.cancelVideoFrameCallback(callback) };
    }, grid);
    return new FrameReader(recording);
  }

  /** What was shown since the start or the last call. */
  async take(): Promise<ShownFrame[]> {
    const shown = await this.#recording.evaluate((recording) => recording.shown.splice(0));
    return shown.map(({ at, cells }) => ({ at, code: decodeTimeCode(cells) }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#recording.evaluate((recording) => recording.stop());
    await this.#recording.dispose();
  }
}

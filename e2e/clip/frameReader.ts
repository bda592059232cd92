import type { JSHandle, Locator } from '@playwright/test';
import { decodeTimeCode, grid, type TimeCode } from './timeCode.ts';

/** One picture that a `<video>` showed. */
export interface ShownFrame {
  /** Unix milliseconds, with fractions, at which the page had the picture. */
  readonly at: number;
  /** Seconds into what is played; without meaning for a stream. */
  readonly place: number;
  /** What it says it is; undefined where nothing readable was shown. */
  readonly code: TimeCode | undefined;
}

/** Pictures as they are noted in the page, until they are taken. */
export interface Recording {
  readonly shown: { at: number; place: number; cells: string }[];
  /** How many pictures were presented after the first one, also those that weren't read or noticed. */
  presented(): number;
  stop(): void;
}

/**
 * Runs in a page: notes the code's cells of the pictures that a `<video>` presents; it may still be without any.
 *
 * @param every read only one picture of so many: reading takes time from what is measured
 */
export function recordPictures(
  element: Element,
  { columns, rows, codeRows, every }: typeof grid & { readonly every: number },
): Recording {
  if (!(element instanceof HTMLVideoElement)) throw new TypeError('not a video');
  const shown: Recording['shown'] = [];
  let luma = new Uint8Array(0);
  let callback = 0;
  let count = 0;
  /** As the element counts them: of the first picture noticed, and of the newest. */
  const presented: { first?: number; newest: number } = { newest: 0 };

  /** Copies the code's part of the picture; in the formats of pictures by brightness that comes first. */
  const read = async (picture: VideoFrame, at: number): Promise<void> => {
    const { codedWidth, visibleRect, format } = picture;
    const place = picture.timestamp / 1e6;
    if (!visibleRect || !format || !/^(I420|NV12|RGB|BGR)/u.test(format))
      throw new Error(`format ${format ?? 'unknown'}`);
    // One octet of brightness a point; or four, of which green, the second of them, tells black from white as well.
    const [octets, channel] = /^(RGB|BGR)/u.test(format) ? [4, 1] : [1, 0];
    const { width, height } = visibleRect;
    const rect = { x: 0, y: 0, width, height: Math.ceil((height * codeRows) / rows / 2) * 2 };
    const size = picture.allocationSize({ rect });
    if (luma.length < size) luma = new Uint8Array(Math.max(size, codedWidth));
    const [plane] = await picture.copyTo(luma, { rect });
    picture.close();
    if (!plane) return;
    let cells = '';
    for (let row = 0; row < codeRows; row++) {
      const y = Math.floor(((row + 0.5) * height) / rows);
      for (let column = 0; column < columns; column++) {
        const x = Math.floor(((column + 0.5) * width) / columns);
        const middle = plane.offset + y * plane.stride + x * octets + channel;
        const [left = 0, right = 0, above = 0] = [
          luma[middle - octets],
          luma[middle + octets],
          luma[middle - plane.stride],
        ];
        cells += (left + right + above) / 3 >= 126 ? '1' : '0';
      }
    }
    shown.push({ at, place, cells });
  };
  const onFrame = (_now: number, { presentedFrames }: VideoFrameCallbackMetadata): void => {
    presented.first ??= presentedFrames;
    presented.newest = presentedFrames;
    if (count++ % every === 0) void read(new VideoFrame(element), performance.timeOrigin + performance.now());
    callback = element.requestVideoFrameCallback(onFrame);
  };
  callback = element.requestVideoFrameCallback(onFrame);
  return {
    shown,
    presented: () => presented.newest - (presented.first ?? 0),
    stop: () => element.cancelVideoFrameCallback(callback),
  };
}

/** What pictures said that were noted by `recordPictures`. */
export const readPictures = (shown: Recording['shown']): ShownFrame[] =>
  shown.map(({ at, place, cells }) => ({ at, place, code: decodeTimeCode(cells) }));

/** Reads the time code of the pictures that a `<video>` presents. */
export class FrameReader implements AsyncDisposable {
  readonly #recording: JSHandle<Recording>;

  private constructor(recording: JSHandle<Recording>) {
    this.#recording = recording;
  }

  /** @param every as for `recordPictures` */
  static async start(video: Locator, every = 1): Promise<FrameReader> {
    return new FrameReader(await video.evaluateHandle(recordPictures, { ...grid, every }));
  }

  /** What was shown since the start or the last call. */
  async take(): Promise<ShownFrame[]> {
    return readPictures(await this.#recording.evaluate((recording) => recording.shown.splice(0)));
  }

  /** How many pictures were presented after the first one, also those that weren't read or noticed. */
  presented(): Promise<number> {
    return this.#recording.evaluate((recording) => recording.presented());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#recording.evaluate((recording) => recording.stop());
    await this.#recording.dispose();
  }
}

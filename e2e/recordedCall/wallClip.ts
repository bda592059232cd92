import type { BrowserContext } from '@playwright/test';
import { encodeTimeCode, grid } from '../clip/timeCode.ts';

/** The picture that a `wallClip` shows, and the tones that it plays. Frame n and tone n/25 belong to the same moment. */
export const wallFormat = {
  width: 640,
  height: 360,
  framesPerSecond: 25,
  sampleRate: 48_000,
  /** Each second begins with a tone of this length, in seconds. */
  toneSeconds: 0.3,
  /** Hz of the tones of this many seconds, one above the other; then they begin anew. */
  tones: { lowest: 400, step: 60, count: 20 },
} as const;

/** So many frames have a code: ten minutes. */
const codedFrames = 15_000;

interface WallClip {
  readonly format: typeof wallFormat;
  readonly rows: number;
  readonly codeRows: number;
  readonly columns: number;
  /** Unix milliseconds of frame 0. */
  readonly epoch: number;
  /** A code a frame, six octets each, in base64. */
  readonly codes: string;
}

type Generator = MediaStreamTrack & { readonly writable: WritableStream<VideoFrame | AudioData> };
type GeneratorGlobal = typeof globalThis & {
  MediaStreamTrackGenerator: new (init: { kind: 'audio' | 'video' }) => Generator;
};

/**
 * Gives all pages of a context a camera and a microphone that say what time it is: two devices of one machine show and
 * play the same at the same moment, whenever their page was loaded, and picture and sound of each are captured in step.
 *
 * @param clip whose camera it is, 0 to 255
 * @param epoch Unix milliseconds of frame 0; ten minutes from then on have codes
 */
export async function giveWallClip(context: BrowserContext, clip: number, epoch: number): Promise<void> {
  const codes = Buffer.alloc(codedFrames * 6);
  for (let frame = 0; frame < codedFrames; frame += 1) {
    const cells = encodeTimeCode({ clip, frame });
    for (let octet = 0; octet < 6; octet += 1) {
      codes[frame * 6 + octet] = Number.parseInt(cells.slice(octet * 8, octet * 8 + 8), 2);
    }
  }
  const { rows, codeRows, columns } = grid;
  const wallClip = { format: wallFormat, rows, codeRows, columns, epoch, codes: codes.toString('base64') };
  await context.addInitScript(playWallClip, wallClip);
}

/** Runs in a page. */
function playWallClip({ format, rows, codeRows, columns, epoch, codes }: WallClip): void {
  if (!('mediaDevices' in navigator)) return;
  const { width, height, framesPerSecond, sampleRate, toneSeconds, tones } = format;
  const { MediaStreamTrackGenerator: TrackGenerator } = globalThis as GeneratorGlobal;
  const octets = Uint8Array.from(atob(codes), (letter) => letter.charCodeAt(0));
  const cell = { width: width / columns, height: height / rows };
  // Below the code a slanted pattern drifts, so that the encoder has a moving picture's work.
  const [top, slack] = [cell.height * codeRows, 256];
  const pattern = new Uint8Array((width + slack) * (height - top));
  for (let y = 0; y < height - top; y += 1) {
    for (let x = 0; x < width + slack; x += 1) {
      const wave = Math.sin(((x + y / 2) * 2 * Math.PI) / 128) * Math.cos((y - x / 4) / 31);
      pattern[y * (width + slack) + x] = 128 + Math.round(60 * wave);
    }
  }

  const picture = (index: number): VideoFrame => {
    const planes = new Uint8Array(width * height * 1.5).fill(128, width * height);
    for (let bit = 0; bit < columns * codeRows; bit += 1) {
      const isWhite = ((octets[index * 6 + (bit >> 3)] ?? 0) >> (7 - (bit & 7))) & 1;
      const left = (bit % columns) * cell.width;
      const above = Math.floor(bit / columns) * cell.height;
      for (let y = above; y < above + cell.height; y += 1) {
        planes.fill(isWhite ? 228 : 24, y * width + left, y * width + left + cell.width);
      }
    }
    const shift = (index * 2) % 128;
    for (let y = 0; y < height - top; y += 1) {
      const from = y * (width + slack) + shift;
      planes.set(pattern.subarray(from, from + width), (top + y) * width);
    }
    const timestamp = Math.round((index * 1e6) / framesPerSecond);
    return new VideoFrame(planes, { format: 'I420', codedWidth: width, codedHeight: height, timestamp });
  };

  const chunkSamples = sampleRate / 100;
  const sound = (index: number): AudioData => {
    const data = new Float32Array(chunkSamples);
    for (let at = 0; at < chunkSamples; at += 1) {
      const place = index * chunkSamples + at;
      const second = Math.floor(place / sampleRate);
      const within = (place % sampleRate) / sampleRate;
      if (within >= toneSeconds) continue;
      const edge = Math.min(1, within / 0.003, (toneSeconds - within) / 0.003);
      const hertz = tones.lowest + tones.step * (second % tones.count);
      data[at] = 0.4 * edge * Math.sin(2 * Math.PI * hertz * within);
    }
    const shape = { format: 'f32-planar', sampleRate, numberOfFrames: chunkSamples, numberOfChannels: 1 } as const;
    return new AudioData({ ...shape, timestamp: index * 10_000, data });
  };

  /** Gives out what is due, as a device does, until its track was stopped. What a stalled page missed of pictures is lost. */
  const run = (kind: 'audio' | 'video', perSecond: number, make: (index: number) => VideoFrame | AudioData) => {
    const generator = new TrackGenerator({ kind });
    const writer = generator.writable.getWriter();
    const due = () => Math.floor(((Date.now() - epoch) * perSecond) / 1000);
    // A picture is there at its moment, sound once it was heard to its end.
    let next = due();
    const timer = setInterval(() => {
      if (generator.readyState === 'ended') {
        clearInterval(timer);
        return;
      }
      const now = due();
      if (kind === 'video') next = Math.max(next, now);
      for (; kind === 'video' ? next <= now : next < now; next += 1) {
        const data = make(next);
        writer.write(data).catch(() => clearInterval(timer));
      }
    }, 5);
    return generator;
  };

  navigator.mediaDevices.getUserMedia = ({ audio, video } = {}) =>
    Promise.resolve(
      new MediaStream([
        ...(audio ? [run('audio', 100, sound)] : []),
        ...(video ? [run('video', framesPerSecond, picture)] : []),
      ]),
    );
}

import * as fc from 'fast-check';
import { type MediaFrame, WebmWriter } from '../src/index.ts';

export const picture = { width: 1280, height: 720 };

export const joined = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat(parts));

/** As an encoder makes them: VP8's first bit tells a key frame. */
export function videoFrame(time: number, isKey: boolean, seed: number): MediaFrame {
  const data = new Uint8Array(12 + (seed % 40)).fill(seed & 0xff);
  data.set(isKey ? [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0, 5, 0xd0, 2] : [0x11, 0, 0]);
  return { kind: 'video', time, isKey, data };
}

export const audioFrame = (time: number, seed: number): MediaFrame => ({
  kind: 'audio',
  time,
  isKey: true,
  data: new Uint8Array(3 + (seed % 30)).fill(seed & 0xff),
});

/** What comes in some seconds: with silence, late sound, and picture that was lost. */
export interface Take {
  readonly seconds: number;
  readonly keyEveryMs: number;
  readonly soundFromMs: number;
  readonly lateness: number;
  readonly seed: number;
  readonly losesPicture: boolean;
}

export const takes = fc.record<Take>({
  seconds: fc.integer({ min: 1, max: 9 }),
  keyEveryMs: fc.constantFrom(400, 1500, 6000, 20_000),
  soundFromMs: fc.nat(900),
  lateness: fc.constantFrom(0, 40, 200),
  seed: fc.nat(10_000),
  losesPicture: fc.boolean(),
});

/** The frames of a take in the order in which they come. */
export function framesOf({ seconds, keyEveryMs, soundFromMs, lateness, seed, losesPicture }: Take): MediaFrame[] {
  const arrivals: { frame: MediaFrame; at: number }[] = [];
  let nextKey = 0;
  for (let time = 0; time < seconds * 1000; time += 33) {
    const isKey = time >= nextKey;
    if (isKey) nextKey = time + keyEveryMs;
    const isLost = losesPicture && time > 1200 && time < 2100;
    if (!isLost) arrivals.push({ frame: videoFrame(time, isKey, seed + time), at: time });
  }
  for (let time = soundFromMs; time < seconds * 1000; time += 20) {
    arrivals.push({ frame: audioFrame(time, seed + time), at: time + lateness });
  }
  return arrivals.sort((a, b) => a.at - b.at).map(({ frame }) => frame);
}

/** A writer's whole output, with its head apart. */
export interface Written {
  readonly open: Uint8Array<ArrayBuffer>;
  readonly clusters: Uint8Array<ArrayBuffer>;
  readonly head: Uint8Array<ArrayBuffer>;
}

/** @param paddings lengths of Void, one after each 25 frames, again and again */
export function record(frames: readonly MediaFrame[], paddings: readonly number[] = []): Written {
  const writer = new WebmWriter(picture);
  const parts: Uint8Array[] = [];
  for (const [place, frame] of frames.entries()) {
    parts.push(writer.add(frame));
    const padding = paddings[Math.floor(place / 25) % Math.max(paddings.length, 1)];
    if (place % 25 === 24 && padding !== undefined) parts.push(writer.flush(), writer.padding(padding));
  }
  parts.push(writer.flush());
  return { open: writer.open(), clusters: joined(parts), head: writer.finalHead() };
}

import { randomInt } from 'node:crypto';
import { expect } from '@playwright/test';
import { FrameReader, type ShownFrame } from '../clip/frameReader.ts';
import { percentile } from '../clip/latency.ts';
import type { RecordingCard } from '../pages/recordingCard.ts';
import { wallFormat } from './wallClip.ts';

/** What one participant's player showed. */
export interface PlayedTrack {
  readonly clip: number;
  readonly pictures: readonly PlayedPicture[];
  /** Seconds from the timeline's 0 to what the clip said then, of all pictures in the middle. */
  readonly offset: number;
}

export interface PlayedPicture {
  /** Seconds on the recording's timeline. */
  readonly place: number;
  /** Seconds after the clip's frame 0. */
  readonly captured: number;
}

function pictures(shown: readonly ShownFrame[]): (PlayedPicture & { clip: number })[] {
  return shown.flatMap(({ place, code }) =>
    code ? [{ place, captured: code.frame / wallFormat.framesPerSecond, clip: code.clip }] : [],
  );
}

/** Plays an open recording from the beginning to the end, and reads what the pictures say. */
export async function playThrough(card: RecordingCard, speed: string): Promise<PlayedTrack[]> {
  const videos = await card.root.locator('video').all();
  await using readers = new AsyncDisposableStack();
  const reading = await Promise.all(videos.map((video) => FrameReader.start(video)));
  for (const reader of reading) readers.use(reader);
  await card.root.getByLabel('Speed').selectOption({ label: speed });
  await card.button('Play').click();
  await expect(card.button('Play again')).toBeVisible({ timeout: 240_000 });
  return await Promise.all(
    reading.map(async (reader) => {
      const read = pictures(await reader.take());
      const [clip] = new Set(read.map((one) => one.clip));
      expect(clip, 'pictures of one clip alone').toBeDefined();
      expect(read.every((one) => one.clip === clip)).toBe(true);
      const offset = percentile(
        read.map(({ place, captured }) => captured - place),
        0.5,
      );
      return { clip: clip ?? -1, pictures: read, offset };
    }),
  );
}

/** Whole seconds of the timeline of which a track showed pictures. */
export const secondsShown = ({ pictures: all }: PlayedTrack): number =>
  new Set(all.map(({ place }) => Math.floor(place))).size;

/** Where somebody was led by a press on the timeline. */
export interface Sought {
  readonly place: number;
  /** What each track shows there: seconds after the clip's frame 0. */
  readonly captured: readonly number[];
}

/** Presses the timeline at random places, and reads what is shown there. @param among seconds to choose from */
export async function seekAtRandom(card: RecordingCard, among: readonly number[], count: number): Promise<Sought[]> {
  const videos = await card.root.locator('video').all();
  const sought: Sought[] = [];
  while (sought.length < count) {
    const place = among[randomInt(among.length)] ?? 0;
    // Who is there already gets no new picture.
    if (place === sought.at(-1)?.place) continue;
    await using readers = new AsyncDisposableStack();
    const reading = await Promise.all(videos.map((video) => FrameReader.start(video)));
    for (const reader of reading) readers.use(reader);
    await card.seek(place);
    const captured = reading.map(async (reader) => {
      const seen: PlayedPicture[] = [];
      const arrived = async () => {
        seen.push(...pictures(await reader.take()));
        return seen.some((one) => Math.abs(one.place - place) < 0.5);
      };
      const message = `a picture at ${String(place)} s`;
      await expect.poll(arrived, { message, timeout: 20_000, intervals: [50] }).toBe(true);
      return seen.at(-1)?.captured ?? Number.NaN;
    });
    sought.push({ place, captured: await Promise.all(captured) });
  }
  return sought;
}

/** Stretches of the timeline, in seconds, in which the player heard somebody speak: one list a track. */
export async function heardStretches(card: RecordingCard): Promise<[number, number][][]> {
  const texts = await card.root.locator('dl dd .sr-only').allTextContents();
  const seconds = (text: string): number => {
    const [minutes = 0, rest = 0] = text.split(':').map(Number);
    return minutes * 60 + rest;
  };
  return texts.map((text) =>
    [...text.matchAll(/(\d+:\d+)–(\d+:\d+)/gu)].map(([, from = '', to = '']) => [seconds(from), seconds(to)]),
  );
}

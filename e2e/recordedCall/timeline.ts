import { percentile } from '../clip/latency.ts';
import type { SavedFile, SavedPicture } from './savedFile.ts';

/** A stretch without pictures. */
export interface Hole {
  /** When the last picture before it and the first behind it were captured, in seconds after the clip's frame 0. */
  readonly from: number;
  readonly to: number;
}

type ReadPicture = SavedPicture & { readonly captured: number };

const read = ({ pictures }: SavedFile): ReadPicture[] =>
  pictures.flatMap((one) => (one.captured === null ? [] : [{ ...one, captured: one.captured }]));

/** @param longer than so many seconds */
export function holesIn(file: SavedFile, longer: number): Hole[] {
  const all = read(file);
  return all.flatMap(({ captured }, index) => {
    const from = all[index - 1]?.captured ?? captured;
    return captured - from > longer ? [{ from, to: captured }] : [];
  });
}

/** Seconds from the timeline's 0 to the clip's frame 0, of the picture in the middle, and how far others are from it. */
export function anchoring(file: SavedFile): { offset: number; strays: number[] } {
  const offsets = read(file).map(({ time, captured }) => captured - time);
  const offset = percentile(offsets, 0.5);
  return { offset, strays: offsets.map((one) => Math.abs(one - offset)) };
}

/** Each change of the pictures' width: to what, and when it was captured. */
export function widthChanges(file: SavedFile): { width: number; captured: number }[] {
  const all = read(file);
  return all.filter(({ width }, index) => index > 0 && width !== all[index - 1]?.width);
}

/** What is to be seen at a place of the timeline; undefined where the last picture is older than so many seconds. */
export const capturedAt = (file: SavedFile, place: number, oldest: number): number | undefined =>
  read(file).findLast(({ time }) => time <= place && time > place - oldest)?.captured;

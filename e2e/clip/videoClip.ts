import { closeSync, openSync, writeSync } from 'node:fs';
import { codeBits, encodeTimeCode, grid } from './timeCode.ts';

/** What the fake camera plays, again and again. */
export const videoFormat = { width: 640, height: 360, framesPerSecond: 30, frames: 300 } as const;

const { width, height, framesPerSecond, frames } = videoFormat;
const cell = { width: width / grid.columns, height: height / grid.rows };
const black = 24;
const white = 228;

function paintCode(luma: Uint8Array, cells: string): void {
  for (let bit = 0; bit < codeBits; bit++) {
    const left = (bit % grid.columns) * cell.width;
    const top = Math.floor(bit / grid.columns) * cell.height;
    const value = cells[bit] === '1' ? white : black;
    for (let y = top; y < top + cell.height; y++) luma.fill(value, y * width + left, y * width + left + cell.width);
  }
}

/** Below the code: a slanted pattern that drifts, so that the encoder has a moving picture's work. */
function paintPicture(luma: Uint8Array, frame: number): void {
  for (let y = grid.codeRows * cell.height; y < height; y++) {
    for (let x = 0; x < width; x++) {
      luma[y * width + x] = 128 + Math.round(70 * Math.sin((x + y / 2 + frame * 2) / 24) * Math.cos((y - frame) / 31));
    }
  }
}

/**
 * Writes a YUV4MPEG2 clip of ten seconds whose every frame says which it is.
 *
 * @param path file to write, with the ending `.y4m` by which Chromium knows the format
 * @param clip the clip's number in the time code, 0 to 255; also its tint
 */
export function writeVideoClip(path: string, clip: number): void {
  const luma = new Uint8Array(width * height);
  const chroma = new Uint8Array((width * height) / 2);
  chroma.fill(112 + (clip % 4) * 8, 0, chroma.length / 2);
  chroma.fill(144 - (clip % 4) * 8, chroma.length / 2);
  const file = openSync(path, 'w');
  try {
    writeSync(file, `YUV4MPEG2 W${width} H${height} F${framesPerSecond}:1 Ip A1:1 C420mpeg2\n`);
    for (let frame = 0; frame < frames; frame++) {
      paintPicture(luma, frame);
      paintCode(luma, encodeTimeCode({ clip, frame }));
      writeSync(file, 'FRAME\n');
      writeSync(file, luma);
      writeSync(file, chroma);
    }
  } finally {
    closeSync(file);
  }
}

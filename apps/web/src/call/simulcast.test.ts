import { describe, expect, it } from 'vitest';
import { layerFor, simulcastLayers } from './simulcast.ts';

const sizes = (width: number, height: number) =>
  simulcastLayers(width, height).map((layer) => Math.max(width, height) / layer.scaleResolutionDownBy);

describe('simulcast layers', () => {
  it('are three for a camera picture, smallest first, whichever way it is held', () => {
    expect(sizes(1280, 720)).toEqual([320, 640, 1280]);
    expect(sizes(720, 1280)).toEqual([320, 640, 1280]);
    expect(sizes(960, 540)).toEqual([240, 480, 960]);
  });

  it('are as many of a smaller one as Chromium sends, and the full size is always among them', () => {
    expect(sizes(640, 480)).toEqual([320, 640]);
    expect(sizes(360, 640)).toEqual([320, 640]);
    expect(sizes(480, 270)).toEqual([240, 480]);
    expect(sizes(320, 240)).toEqual([320]);
    expect(sizes(160, 120)).toEqual([160]);
  });

  it('get more bits the larger they are', () => {
    const bits = simulcastLayers(1920, 1080).map((layer) => layer.maxBitrate);
    expect(bits).toEqual([...bits].sort((a, b) => a - b));
    expect(new Set(bits).size).toBe(3);
  });
});

it('asks for smaller pictures the more there are', () => {
  expect([0, 1, 2, 3, 6, 7, 19].map(layerFor)).toEqual([2, 2, 2, 1, 1, 0, 0]);
});

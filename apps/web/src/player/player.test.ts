import { describe, expect, it } from 'vitest';
import { clockText } from './clockText.ts';
import { SpokenSeconds, speakersOf } from './speakers.ts';

describe('a place in a recording', () => {
  it.each([
    [0, '0:00'],
    [65.9, '1:05'],
    [3_599, '59:59'],
    [3_845, '1:04:05'],
    [-1, '0:00'],
  ])('%d s is %s', (seconds, text) => {
    expect(clockText(seconds)).toBe(text);
  });
});

describe('who speaks', () => {
  it('is who is loud enough, and not an echo of another one', () => {
    expect(speakersOf([0.2, 0.03, 0.001])).toEqual([true, false, false]);
    expect(speakersOf([0.2, 0.15])).toEqual([true, true]);
    expect(speakersOf([0.01, 0])).toEqual([false, false]);
    expect(speakersOf([])).toEqual([]);
  });

  it('is remembered by the second', () => {
    const spoken = new SpokenSeconds(2, 9.5);
    for (const place of [0.2, 0.9, 1.1, 4]) spoken.note(place, [true, false]);
    spoken.note(99, [true, true]);
    expect(spoken.stretches(0)).toEqual([
      [0, 2],
      [4, 5],
    ]);
    expect(spoken.stretches(1)).toEqual([]);
  });
});

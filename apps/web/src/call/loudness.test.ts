import { describe, expect, it } from 'vitest';
import { loudnessOf } from './loudness.ts';

const tone = (amplitude: number) =>
  Float32Array.from({ length: 512 }, (_, index) => amplitude * Math.sin((index / 512) * 2 * Math.PI * 8));

describe('loudness', () => {
  it('goes from silence to full scale', () => {
    expect(loudnessOf(new Float32Array(512))).toBe(0);
    expect(loudnessOf(tone(0.0001))).toBe(0);
    expect(loudnessOf(new Float32Array(512).fill(1))).toBe(1);
  });

  it('is even in decibels: each factor of ten is a third', () => {
    const [loud, quiet] = [loudnessOf(tone(0.5)), loudnessOf(tone(0.05))];
    expect(loud - quiet).toBeCloseTo(1 / 3, 3);
  });
});

import { percentile } from '../../clip/latency.ts';

const draws = 2_000;

/** Where the median lies of what a few measurements were drawn from, 95 times of 100: by drawing from them anew. */
export function medianInterval(values: readonly number[]): { readonly low: number; readonly high: number } {
  const medians = Array.from({ length: draws }, () =>
    percentile(
      values.map(() => values[Math.floor(Math.random() * values.length)] ?? Number.NaN),
      0.5,
    ),
  );
  return { low: percentile(medians, 0.025), high: percentile(medians, 0.975) };
}

import { describe, expect, it } from 'vitest';
import { mayUpload } from '../recording/uploadPace.ts';
import { lineOf } from './lineReading.ts';

const outbound = (qualityLimitationReason: string) => ['o', { type: 'outbound-rtp', qualityLimitationReason }] as const;
const remote = (roundTripTime: number) => ['r', { type: 'remote-inbound-rtp', roundTripTime }] as const;
const report = (...entries: (readonly [string, unknown])[]) => new Map(entries);

describe('the way out', () => {
  it('is as its worst sender sees it', () => {
    expect(lineOf([])).toEqual({ isNarrow: false, roundTripSeconds: null });
    const reports = [report(outbound('cpu'), remote(0.02)), report(outbound('bandwidth'), remote(0.3))];
    expect(lineOf(reports)).toEqual({ isNarrow: true, roundTripSeconds: 0.3 });
  });

  it('has room for a recording unless it is narrow or slow', async () => {
    const may = (reports: Map<string, unknown>[] | null) =>
      mayUpload(() => Promise.resolve(reports && lineOf(reports)));
    expect(await may(null)).toBe(true);
    expect(await may([report(outbound('none'), remote(0.1))])).toBe(true);
    expect(await may([report(outbound('bandwidth'), remote(0.1))])).toBe(false);
    expect(await may([report(outbound('none'), remote(0.5))])).toBe(false);
  });
});

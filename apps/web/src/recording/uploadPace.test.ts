import { expect, it } from 'vitest';
import { lineOf } from '../call/lineReading.ts';
import { mayUpload } from './uploadPace.ts';

const report = (reason: string, roundTripTime?: number) =>
  lineOf([
    [
      ['out', { type: 'outbound-rtp', qualityLimitationReason: reason }],
      ['in', { type: 'remote-inbound-rtp', ...(roundTripTime === undefined ? {} : { roundTripTime }) }],
    ],
  ]);

it.each([
  ['the picture is narrowed for want of bandwidth', report('bandwidth', 0.05), false],
  ['the way takes as long as somebody would notice', report('none', 0.4), false],
  ['the picture is narrowed for want of computing', report('cpu', 0.05), true],
  ['the line is free', report('none', 0.39), true],
  ['nothing was measured yet', report('none'), true],
  ['there is no call', null, true],
])('goes by the call: %s', async (_, reading, expected) => {
  expect(await mayUpload(() => Promise.resolve(reading))).toBe(expected);
});

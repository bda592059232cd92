import { describe, expect, it } from 'vitest';
import { finalHead, headFromZero, WebmFormatError } from '../src/index.ts';
import { played } from './played.ts';
import { framesOf, joined, record } from './recorded.ts';

const take = { seconds: 2, keyEveryMs: 400, soundFromMs: 0, lateness: 0, seed: 7, losesPicture: false };
const frames = framesOf(take).map((frame) => ({ ...frame, time: frame.time + 3_000 }));

describe('a head for players that count from the first frame', () => {
  it('has a silence at 0, and all else as it was', async () => {
    const { clusters, head } = record(frames);
    const before = await played(joined([head, clusters]));
    const after = await played(joined([headFromZero(head), clusters]));
    const silence = { kind: 'audio', time: 0, isKey: true, data: 'fcfffe' } as const;
    const firstSound = before.findIndex(({ kind }) => kind === 'audio');
    expect(after).toEqual([...before.slice(0, firstSound), silence, ...before.slice(firstSound)]);
  });

  it('leads to the clusters where they are now', () => {
    const { clusters, head } = record(frames);
    const moved = headFromZero(head);
    const places = cuePlaces(moved);
    const file = Buffer.from(joined([moved, clusters]));
    const segment = file.indexOf('18538067', 0, 'hex') + 12;
    expect(places.length).toBeGreaterThan(1);
    for (const place of places)
      expect(file.subarray(segment + place, segment + place + 4).toString('hex')).toBe('1f43b675');
  });

  it('isn’t made of cues of another form', () => {
    const index = { picture: { width: 64, height: 64 }, origin: 'frames', duration: 5, clusters: [] } as const;
    const head = Buffer.from(finalHead({ ...index, kinds: new Set(['audio']) }));
    // Cues with one CuePoint, whose place has one octet.
    const cues = Buffer.from('1c53bb6b87bb85b783f18101', 'hex');
    expect(() => headFromZero(Buffer.concat([head, cues]))).toThrow(WebmFormatError);
  });
});

/** CueClusterPosition, always of eight octets. */
const cuePlaces = (head: Uint8Array): number[] => {
  const bytes = Buffer.from(head);
  const places: number[] = [];
  for (let at = bytes.indexOf('f188', 0, 'hex'); at >= 0; at = bytes.indexOf('f188', at + 10, 'hex')) {
    places.push(Number(bytes.readBigUInt64BE(at + 2)));
  }
  return places;
};

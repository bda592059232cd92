import type { OpfsSpool, SpooledPart } from '@sotto/recording/opfsSpool';
import type * as Vault from '@sotto/vault';
import { AuthenticityError, LengthError } from '@sotto/vault';
import { beforeEach, expect, it, vi } from 'vitest';
import { surveyObject } from './keptObject.ts';
import type { BookedTrack, RecordingBook } from './recordingBook.ts';

const surveyRun = vi.fn<(source: unknown, ending: string, noted: { run: number | 'head' }) => Promise<unknown>>();
vi.mock('@sotto/vault', async (original) => ({
  ...(await original<typeof Vault>()),
  surveyRun: (source: unknown, ending: string, noted: { run: number | 'head' }) => surveyRun(source, ending, noted),
}));

const part = (run: number | 'head', at: number, state: SpooledPart['state']): SpooledPart => ({
  place: run === 'head' ? { of: 'head', part: 0 } : { of: { run }, part: at },
  state,
  length: 8,
});

const survey = (parts: SpooledPart[]) => {
  const spool = { list: () => Promise.resolve(parts) } as unknown as OpfsSpool;
  const noted = (_: unknown, of: 'head' | { run: number }) => Promise.resolve({ run: of === 'head' ? of : of.run });
  return surveyObject({ noted } as unknown as RecordingBook, {} as BookedTrack, spool);
};

const short = new LengthError({ layer: 'run', run: 1 });
/** What is damaged, by its number. */
let bad = new Map<number | 'head', Error>();
beforeEach(() => {
  bad = new Map();
  surveyRun.mockImplementation((_, __, { run }) => {
    const error = bad.get(run);
    return error ? Promise.reject(error) : Promise.resolve({ record: { hash: String(run) }, usable: 8 });
  });
});

it('leaves out what a recorder that died at once has left', async () => {
  bad.set(1, short);
  const { runs, parts } = await survey([part(0, 0, 'last'), part(1, 0, 'open')]);
  expect(runs).toEqual([{ hash: '0' }]);
  expect(parts.map(({ leaf }) => leaf)).toEqual(['0000-000000']);
});

it.each([
  ['a closed run is short', [part(0, 0, 'last'), part(1, 0, 'last')]],
  ['a cut run of which parts were whole is short', [part(0, 0, 'last'), part(1, 0, 'whole'), part(1, 1, 'open')]],
  ['a run comes behind what isn’t one', [part(0, 0, 'last'), part(1, 0, 'open'), part(2, 0, 'last')]],
])('says that it’s damaged where %s', async (_, parts) => {
  bad.set(1, short);
  await expect(survey(parts)).rejects.toBeInstanceOf(LengthError);
});

it('says that it’s damaged where a run is missing', async () => {
  await expect(survey([part(0, 0, 'last'), part(2, 0, 'last')])).rejects.toBeInstanceOf(LengthError);
});

it('does without a head that isn’t what was noted', async () => {
  bad.set('head', new AuthenticityError({ layer: 'run' }));
  const { runs, head, parts } = await survey([part('head', 0, 'last'), part(0, 0, 'last')]);
  expect([runs.length, head, parts.length]).toEqual([1, null, 1]);
});

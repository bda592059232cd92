import { objectId, patientId, recordingId, staffId, visitId } from '@sotto/protocol/ids';
import type { SealedSummary } from '@sotto/protocol/records';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { NextIntlClientProvider } from 'next-intl';
import type { ReactElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import en from '../../messages/en.json';
import { randomId } from '../keystore/bytes.ts';
import type { Pins } from '../keystore/pins.ts';
import { OwnNoteCard } from './OwnNoteCard.tsx';
import { OwnRecordingCard } from './OwnRecordingCard.tsx';
import type { ListedKey } from './patientKeys.ts';

const { opened, ends, asked, reset } = vi.hoisted(() => ({
  opened: { tracks: null as number[] | null },
  ends: vi.fn(),
  asked: [] as number[],
  reset: vi.fn(),
}));
// Markup runs no effects: here they run as the page is drawn.
vi.mock('react', async (original) => ({
  ...(await original<Record<string, unknown>>()),
  useEffect: (effect: () => void) => effect(),
}));
vi.mock('./useOwnRecording.ts', () => ({
  useOwnRecording: ({ listed, use }: { listed: { objects: unknown[] }; use: string }) => {
    asked.push(listed.objects.length);
    const recording = { tracks: opened.tracks?.map((track) => ({ track })) };
    return {
      ...{ opening: { isPending: false, error: null }, step: 'preparing', ending: null, end: () => void ends(use) },
      opened: opened.tracks === null ? null : { recording, at: new Date() },
    };
  },
}));
vi.mock('./useKeptRelease.ts', () => ({ useKeptRelease: () => ({ keeping: { reset }, step: 'preparing' }) }));
vi.mock('./useOwnOpening.ts', () => ({
  useOwnOpening: () => ({ opening: { data: { text: 'words' }, isPending: false, reset }, step: 'preparing' }),
}));
vi.mock('../record/OpenedText.tsx', () => ({ OpenedText: () => 'the opened text' }));
vi.mock('../player/LazyRecordingPlayer.tsx', () => ({ LazyRecordingPlayer: () => 'the player' }));
vi.mock('../player/SaveDialog.tsx', () => ({ SaveDialog: () => 'the saving' }));

const patient = { id: patientId.parse(randomId()), name: 'Noor' };
const writer = { id: staffId.parse(randomId()), name: 'Dr Ada', role: 'physician' };
const [mine, theirs] = [objectId.parse(randomId()), objectId.parse(randomId())];
const [visit, since] = [visitId.parse(randomId()), new Date('2031-05-06T07:08:09.000Z')];
const storedAt = since.toISOString();
const keys = [{ kind: 'passkey', isActive: true, credential: 'c' }] as Partial<ListedKey>[] as ListedKey[];
const given = { keys, signed: [], pins: {} as Pins };

const shown = (card: ReactElement): string =>
  renderToStaticMarkup(
    <QueryClientProvider client={new QueryClient()}>
      <NextIntlClientProvider locale="en" messages={en} timeZone="UTC">
        {card}
      </NextIntlClientProvider>
    </QueryClientProvider>,
  ).replaceAll('&#x27;', "'");
const recording = (rest: readonly (typeof mine)[] | null): string => {
  const objects = [mine, theirs].map((object, track) => ({ object, track }));
  const listed = { recording: recordingId.parse(randomId()), visit, writer, storedAt, objects };
  const restricted = rest === null ? null : { since, rest };
  return shown(<OwnRecordingCard {...{ ...given, patient, listed, restricted }} />);
};

beforeEach(() => {
  opened.tracks = null;
  asked.length = 0;
  vi.clearAllMocks();
});

describe('a recording of the patient’s own', () => {
  it('is closed to everybody only where every track is', () => {
    const closed = recording([]);
    expect(closed).toContain('Nobody can open this now');
    expect(closed).not.toContain('Open with your passkey');
    const part = recording([theirs]);
    expect(part).toContain('A part of this is restricted since');
    expect(part).toContain("That by itself doesn't close the rest");
    expect(part).not.toContain('Nobody can open this now');
    expect(part).toContain('Open with your passkey');
    expect(recording(null)).not.toContain('estricted');
  });

  it('is asked for without what is restricted of it', () => {
    recording([theirs]);
    expect(new Set(asked)).toEqual(new Set([1]));
  });

  it('stays open while nothing of it is restricted', () => {
    opened.tracks = [0, 1];
    expect(recording(null)).toContain('the player');
    expect([ends, reset].map((one) => one.mock.calls.length)).toEqual([0, 0]);
  });

  it('ends when it is restricted: playing, saving and the key for a check', () => {
    opened.tracks = [0, 1];
    const closed = recording([]);
    expect(closed).not.toContain('the player');
    expect(closed).not.toContain('the saving');
    expect(new Set(ends.mock.calls.flat())).toEqual(new Set(['open', 'copy']));
    expect(reset).toHaveBeenCalled();
  });

  it('ends when a track of it is, and not where only another track is open', () => {
    opened.tracks = [0, 1];
    recording([theirs]);
    expect(ends).toHaveBeenCalled();
    ends.mockClear();
    opened.tracks = [1];
    expect(recording([theirs])).toContain('the player');
    expect(ends).not.toHaveBeenCalled();
  });
});

it('a note that is open is closed when it is restricted', () => {
  const summary: SealedSummary = {
    ...{ object: mine, kind: 'note', recording: null, visitId: visit, pseudonym: patient.id, writer, storedAt },
  };
  expect(shown(<OwnNoteCard {...{ ...given, summary, restricted: null }} />)).toContain('the opened text');
  expect(reset).not.toHaveBeenCalled();
  const closed = shown(<OwnNoteCard {...{ ...given, summary, restricted: { since, rest: [] } }} />);
  expect(closed).not.toContain('the opened text');
  expect(closed).toContain('Nobody can open this now');
  expect(reset).toHaveBeenCalledOnce();
});

import type { RecordingState } from '@sotto/e2ee';
import { recordingTerms } from '@sotto/protocol/consent';
import { leafThumbprint, participantId } from '@sotto/protocol/ids';
import { describe, expect, it } from 'vitest';
import type { Person, VisitSnapshot } from '../call/contract.ts';
import { recordingView } from './recordingView.ts';

const id = (letter: string) => participantId.parse(letter.repeat(21).concat('A'));
const ref = (letter: string) => ({
  participantId: id(letter),
  leaf: leafThumbprint.parse(letter.repeat(42).concat('A')),
});
const [ada, rosa, ira] = [ref('a'), ref('r'), ref('i')];

const personOf = (who: typeof ada, name: string, presence: Person['presence'] = 'present'): Person => ({
  ...{ participantId: who.participantId, name, presence },
  role: 'physician',
  until: null,
  clinician: null,
  security: 'encrypted',
  compared: false,
  stalled: false,
  microphone: { state: 'connecting' },
  camera: { state: 'connecting' },
  quality: 'unknown',
});

/** What Rosa sees, whom Ada records. */
function seen(recording: Partial<RecordingState> | null, people = [personOf(ada, 'Dr Ada'), personOf(ira, 'Ira')]) {
  const terms = recordingTerms.parse({
    type: 'sotto/recording/v1',
    clinic: 'c'.repeat(21).concat('A'),
    visit: 'v'.repeat(21).concat('A'),
    recording: 'r'.repeat(21).concat('A'),
    askedBy: ada.participantId,
    reason: 'care',
    wording: 'recording-1',
    recorderKey: 'k'.repeat(42).concat('A'),
    askedAt: '2031-05-06T07:08:09Z',
  });
  const snapshot: VisitSnapshot = {
    phase: { tag: 'inVisit' },
    connection: 'ok',
    mediaAvailable: true,
    security: 'encrypted',
    comparison: null,
    recording: recording && {
      ...{ terms, asker: ada, isOwn: false, own: 'yes', agreed: [ada, rosa], awaited: [], consents: [] },
      isUnheard: false,
      progress: { tag: 'asking' },
      ...recording,
    },
    chat: [],
    confirmation: null,
    incidents: [],
    self: { participantId: rosa.participantId, name: 'Rosa', role: 'patient', isProven: false, until: null },
    people,
    waiting: [],
  };
  return recordingView(snapshot);
}

const runs = { tag: 'recording', since: 1 } as const;

describe('how a recording is shown', () => {
  it('is not at all while nobody asks, or while this person is being asked', () => {
    expect(seen(null)).toBeNull();
    expect(seen({ own: 'asked' })).toBeNull();
  });

  it('is by its progress, and with the names of who is awaited but not one’s own', () => {
    expect(seen({})).toEqual({ tag: 'asking' });
    expect(seen({ progress: { tag: 'agreed' } })).toEqual({ tag: 'starting' });
    expect(seen({ progress: runs })).toEqual({ tag: 'recording' });
    expect(seen({ progress: runs, isUnheard: true })).toEqual({ tag: 'unheard' });
    expect(seen({ progress: { tag: 'paused' }, awaited: [rosa, ira] })).toEqual({ tag: 'paused', names: ['Ira'] });
  });

  it('isn’t interrupted on signaling’s word that the recorder is away, but once their leaf is gone', () => {
    const away = [personOf(ada, 'Dr Ada', 'away')];
    expect(seen({ progress: runs }, away)).toEqual({ tag: 'recording' });
    expect(seen({ progress: { tag: 'paused' } }, away)).toEqual({ tag: 'paused', names: [] });
    expect(seen({ progress: { tag: 'interrupted' } }, away)).toEqual({ tag: 'interrupted' });
  });

  it('says who has ended it, and whether the recorder has confirmed that', () => {
    const stopped = { tag: 'stopped', why: 'withdrawn', isConfirmed: false } as const;
    expect(seen({ progress: { ...stopped, by: rosa } })).toEqual({ ...stopped, by: null });
    expect(seen({ progress: { ...stopped, by: ira } })).toEqual({ ...stopped, by: { name: 'Ira' } });
    expect(seen({ progress: { ...stopped, by: ref('x') } })).toEqual({ ...stopped, by: { name: null } });
  });
});

import { participantId } from '@sotto/protocol/ids';
import { describe, expect, it } from 'vitest';
import type { Person, VisitSnapshot } from '../call/contract.ts';
import { callChanges } from './callChanges.ts';

const rosa: Person = {
  participantId: participantId.parse('r'.repeat(22)),
  role: 'patient',
  clinician: null,
  name: 'Rosa',
  until: null,
  presence: 'present',
  security: 'encrypted',
  compared: false,
  stalled: false,
  microphone: { state: 'connecting' },
  camera: { state: 'connecting' },
  quality: 'unknown',
};

const visitWith = (people: readonly Person[], waiting: VisitSnapshot['waiting'] = []): VisitSnapshot => ({
  phase: { tag: 'inVisit' },
  connection: 'ok',
  mediaAvailable: true,
  security: 'encrypted',
  comparison: null,
  recording: null,
  chat: [],
  confirmation: null,
  incidents: [],
  self: null,
  people,
  waiting,
});

const live = { state: 'live', stream: {} as MediaStream } as const;
const off = { state: 'off' } as const;

describe('what changed in a call', () => {
  it('is nothing for those who are there at the start, but for those who wait', () => {
    const first = visitWith([rosa], [{ participantId: rosa.participantId, since: 1 }]);
    expect(callChanges(null, first)).toEqual([{ tag: 'waits', participantId: rosa.participantId }]);
  });

  it('is said once of somebody who goes on waiting', () => {
    const waiting = visitWith([], [{ participantId: rosa.participantId, since: 1 }]);
    expect(callChanges(waiting, waiting)).toEqual([]);
  });

  it('is a joining only once the name is verified', () => {
    const nameless = visitWith([{ ...rosa, name: null }]);
    expect(callChanges(visitWith([]), nameless)).toEqual([]);
    expect(callChanges(nameless, visitWith([rosa]))).toEqual([{ tag: 'joined', name: 'Rosa' }]);
  });

  it('is a leaving when somebody is no longer there', () => {
    expect(callChanges(visitWith([rosa]), visitWith([]))).toEqual([{ tag: 'left', name: 'Rosa' }]);
  });

  it('is no leaving that is told as an incident: nobody hears it twice', () => {
    const { participantId, role, name } = rosa;
    const incidents = [{ tag: 'saidToHaveLeft', person: { participantId, role, name } }] as const;
    expect(callChanges(visitWith([rosa]), { ...visitWith([]), incidents })).toEqual([]);
  });

  it('is a muting by the person, not a microphone that is still connecting', () => {
    const heard = visitWith([{ ...rosa, microphone: live }]);
    const muted = visitWith([{ ...rosa, microphone: off }]);
    expect(callChanges(visitWith([rosa]), heard)).toEqual([]);
    expect(callChanges(heard, muted)).toEqual([{ tag: 'muted', name: 'Rosa' }]);
    expect(callChanges(muted, heard)).toEqual([{ tag: 'unmuted', name: 'Rosa' }]);
  });

  it('is the lost connection alone, not the media that goes with it', () => {
    const before = visitWith([{ ...rosa, microphone: live, camera: live }]);
    const after = visitWith([{ ...rosa, presence: 'away', microphone: off, camera: off }]);
    expect(callChanges(before, after)).toEqual([{ tag: 'away', name: 'Rosa' }]);
  });
});

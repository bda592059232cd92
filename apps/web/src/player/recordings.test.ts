import { objectId, participantId, patientId, recordingId, staffId, visitId } from '@sotto/protocol/ids';
import type { SealedSummary } from '@sotto/protocol/records';
import { describe, expect, it } from 'vitest';
import { randomId } from '../keystore/bytes.ts';
import { missingOf, personIn } from './people.ts';
import { linkedIn, notesIn, recordingsIn } from './recordings.ts';

const visit = visitId.parse(randomId());
const [first, second] = [recordingId.parse(randomId()), recordingId.parse(randomId())];

const summary = (id: typeof first | null, track: number, storedAt: string): SealedSummary => ({
  object: objectId.parse(randomId()),
  kind: id === null ? 'note' : 'recording',
  recording: id === null ? null : { id, track },
  visitId: visit,
  pseudonym: patientId.parse(randomId()),
  writer: { id: staffId.parse(randomId()), name: 'Dr Ada Winter', role: 'physician' },
  storedAt,
});

describe('a list of sealed objects', () => {
  it('has a recording once, with all who are in it', () => {
    const list = [
      summary(first, 1, '2031-05-06T07:00:09Z'),
      summary(null, 0, '2031-05-06T07:00:08Z'),
      summary(second, 0, '2031-05-06T07:00:07Z'),
      summary(first, 0, '2031-05-06T07:00:06Z'),
    ];
    const found = recordingsIn(list);
    expect(found.map(({ recording }) => recording)).toEqual([first, second]);
    expect(found[0]?.objects).toEqual([
      { object: list[3]?.object, track: 0 },
      { object: list[0]?.object, track: 1 },
    ]);
    expect(found[0]?.storedAt).toBe('2031-05-06T07:00:06Z');
    expect(notesIn(list)).toEqual([list[1]]);
  });
});

describe('a link to recordings', () => {
  it('says how many of those who were recorded it leaves out', () => {
    const [one, two] = [participantId.parse(randomId()), participantId.parse(randomId())];
    const answer = (id: typeof first, track: number) => ({
      ...summary(id, track, '2031-05-06T07:00:09Z'),
      evidence: { tracks: [one, two] },
    });
    const found = linkedIn([answer(first, 0), answer(first, 1), answer(second, 1)]);
    expect(found.map(({ listed, present, leftOut }) => [listed.recording, present, leftOut])).toEqual([
      [first, 2, 0],
      [second, 1, 1],
    ]);
  });
});

describe('somebody in a recording', () => {
  const [physician, patient, guest, other] = Array.from({ length: 4 }, () => participantId.parse(randomId()));
  const at = '2031-05-06T07:00:00Z';
  const people = (roles: readonly (readonly [typeof physician, 'physician' | 'patient' | 'guest'])[]) => ({
    askedBy: physician ?? participantId.parse(randomId()),
    agreed: roles.flatMap(([participant, role]) => (participant ? [{ participant, role, at }] : [])),
  });

  it('is the clinician who asked, the patient, or one of several', () => {
    if (!physician || !patient || !guest || !other) throw new Error('nobody');
    const checks = people([
      [physician, 'physician'],
      [patient, 'patient'],
      [guest, 'guest'],
      [other, 'guest'],
    ]);
    expect(personIn(checks, physician)).toEqual({ of: 'clinician' });
    expect(personIn(checks, patient)).toEqual({ of: 'patient' });
    expect(personIn(checks, other)).toEqual({ of: 'other', role: 'guest', number: 2 });
  });

  it('is missing once where they agreed to be recorded and no track is theirs', () => {
    const [one, two, three] = [1, 2, 3].map(() => participantId.parse(randomId()));
    if (!one || !two || !three) throw new Error('nobody');
    expect(missingOf([one, two, three, one, two, three], [{ participant: two }])).toEqual([one, three]);
    expect(missingOf([one], [{ participant: one }])).toEqual([]);
  });
});

import { leafThumbprint, type ParticipantId, participantId } from '@sotto/protocol/ids';
import type { Presence, RosterEntry } from '@sotto/protocol/signaling';
import { describe, expect, it } from 'vitest';
import { liveMembers, mayAdd, mayRemove, renewalDelayMs, turnDelayMs, turnMs } from './committerTurn.ts';

const person = (letter: string) => participantId.parse(letter.repeat(22));
const leaf = (letter: string) => leafThumbprint.parse(letter.repeat(43));
const member = (letter: string, leafIndex: number) => ({
  participantId: person(letter),
  leaf: leaf(letter),
  leafIndex,
});
const entry = (letter: string, presence: Presence = 'present', at = leaf(letter)): RosterEntry => ({
  participantId: person(letter),
  role: 'physician',
  leaf: at,
  presence,
  since: 1,
});
const nobody: ReadonlySet<ParticipantId> = new Set();
const delays = (
  letters: string[],
  affected: ReadonlySet<ParticipantId>,
  members: ReturnType<typeof member>[],
  roster: RosterEntry[],
) => letters.map((letter) => turnDelayMs(leaf(letter), affected, members, roster) / turnMs);

describe('whose turn it is to commit', () => {
  const members = [member('c', 2), member('a', 0), member('b', 1)];

  it('goes by the place in the tree', () => {
    const roster = [entry('a'), entry('b'), entry('c')];
    expect(delays(['a', 'b', 'c'], nobody, members, roster)).toEqual([0, 1, 2]);
  });

  it('passes over members who are away or whose leaf is another one now', () => {
    expect(delays(['b', 'c'], nobody, members, [entry('a', 'away'), entry('b'), entry('c')])).toEqual([0, 1]);
    expect(delays(['b', 'c'], nobody, members, [entry('a', 'present', leaf('z')), entry('b'), entry('c')])).toEqual([
      0, 1,
    ]);
  });

  it('leaves out whom the commit concerns', () => {
    const roster = [entry('a'), entry('b'), entry('c')];
    expect(delays(['b', 'c'], new Set([person('a')]), members, roster)).toEqual([0, 1]);
  });

  it('lets somebody whom the roster leaves out act last rather than never', () => {
    expect(delays(['b'], nobody, members, [entry('a'), entry('c')])).toEqual([2]);
    expect(delays(['b'], nobody, members, [])).toEqual([0]);
  });

  it('never gives two live members the same turn', () => {
    const roster = [entry('a'), entry('b'), entry('c')];
    const turns = delays(['a', 'b', 'c'], nobody, members, roster);
    expect(new Set(turns).size).toBe(3);
    expect(liveMembers(members, roster).map((one) => one.leafIndex)).toEqual([0, 1, 2]);
  });
});

describe('whose turn it is to renew', () => {
  const members = [member('a', 0), member('b', 1), member('c', 2)];
  const roster = [entry('a'), entry('b'), entry('c')];

  it('rotates with the epoch, so that each is first once in a round', () => {
    const first = [6, 7, 8].map((epoch) =>
      ['a', 'b', 'c'].find((letter) => renewalDelayMs(leaf(letter), epoch, members, roster) === 0),
    );
    expect(first).toEqual(['a', 'b', 'c']);
  });

  it('has the others follow one after the other', () => {
    const places = ['a', 'b', 'c'].map((letter) => renewalDelayMs(leaf(letter), 7, members, roster) / turnMs);
    expect(places).toEqual([2, 0, 1]);
  });
});

describe('who may add and remove', () => {
  const patient = { participantId: person('p'), role: 'patient' } as const;
  const physician = { participantId: person('q'), role: 'physician' } as const;

  it("a physician's client adds a patient only if its own user let that patient in", () => {
    const admitted: ParticipantId[] = [];
    expect(mayAdd('physician', patient, (one) => admitted.includes(one))).toBe(false);
    admitted.push(patient.participantId);
    expect(mayAdd('physician', patient, (one) => admitted.includes(one))).toBe(true);
  });

  it('anybody adds a physician, and a patient adds nobody else', () => {
    expect(mayAdd('physician', physician, () => false)).toBe(true);
    expect(mayAdd('patient', physician, () => false)).toBe(true);
    expect(mayAdd('patient', patient, () => true)).toBe(false);
  });

  it('only a physician takes somebody out', () => {
    expect([mayRemove('physician'), mayRemove('patient')]).toEqual([true, false]);
  });
});

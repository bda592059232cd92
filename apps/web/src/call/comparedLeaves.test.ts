import type { ComparisonEnding, ComparisonState } from '@sotto/e2ee';
import { leafThumbprint, participantId } from '@sotto/protocol/ids';
import { describe, expect, it } from 'vitest';
import { createComparedLeaves } from './comparedLeaves.ts';

const ref = (letter: string) => ({
  participantId: participantId.parse(letter.repeat(22)),
  leaf: leafThumbprint.parse(letter.repeat(43)),
});
const about = (round: string) => ({
  round: round.repeat(22) as ComparisonState['round'],
  starter: ref('a'),
  isOwn: true,
});
const complete = (round: string, members: string): ComparisonState => ({
  tag: 'complete',
  ...about(round),
  leaves: Array.from(members, ref),
  code: { emoji: [1, 2, 3, 4, 5, 6], digits: '0'.repeat(30) },
});
const ended = (round: string, ending: ComparisonEnding): ComparisonState => ({ tag: 'ended', ...about(round), ending });

function comparedAfter(...states: ComparisonState[]): string[] {
  const compared = createComparedLeaves();
  for (const state of states) compared.take(state);
  return [...compared.leaves()].map((leaf) => leaf.charAt(0));
}

describe('compared leaves', () => {
  it('are those of a round whose code was found equal, and stay', () => {
    expect(comparedAfter(complete('1', 'ab'))).toEqual([]);
    expect(comparedAfter(complete('1', 'ab'), ended('1', { tag: 'same' }))).toEqual(['a', 'b']);
    const first = [complete('1', 'ab'), ended('1', { tag: 'same' })];
    expect(comparedAfter(...first, complete('2', 'abc'), ended('2', { tag: 'stopped', by: [ref('b')] }))).toEqual([
      'a',
      'b',
    ]);
    expect(comparedAfter(...first, complete('2', 'abc'), ended('2', { tag: 'same' }))).toEqual(['a', 'b', 'c']);
  });

  it('are never those of a round that ended otherwise, or of another one', () => {
    expect(comparedAfter(complete('1', 'ab'), ended('1', { tag: 'epochChanged', isRestarted: true }))).toEqual([]);
    expect(comparedAfter(complete('1', 'ab'), ended('2', { tag: 'same' }))).toEqual([]);
  });

  it('are none any more once codes differ', () => {
    const first = [complete('1', 'ab'), ended('1', { tag: 'same' })];
    expect(comparedAfter(...first, complete('2', 'abc'), ended('2', { tag: 'different', by: [ref('c')] }))).toEqual([]);
    expect(comparedAfter(...first, ended('1', { tag: 'different', by: [ref('b')] }))).toEqual([]);
  });
});

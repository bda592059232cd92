import type { Joiner } from '@sotto/e2ee';
import { leafThumbprint, participantId } from '@sotto/protocol/ids';
import { describe, expect, it } from 'vitest';
import { createMembershipIntents, type IntentDelays } from './membershipIntents.ts';

const ref = (letter: string, at = letter) => ({
  participantId: participantId.parse(letter.repeat(22)),
  leaf: leafThumbprint.parse(at.repeat(43)),
});
const joiner = (letter: string, at = letter): Joiner => ({
  ...ref(letter, at),
  role: 'patient',
  keyPackage: new Uint8Array(1),
});
const at = (join: number | null, depart: number | null): IntentDelays => ({
  join: () => join,
  depart: () => depart,
});

describe('open joins and departures', () => {
  it('fall due after the delay of this client, and say when', () => {
    const intents = createMembershipIntents();
    intents.join(joiner('a'), 100);
    intents.depart(ref('b'), 150);
    expect(intents.due(100, at(50, 200))).toEqual({ joins: [], departures: [], nextAt: 150 });
    expect(intents.due(350, at(null, 200))).toEqual({ joins: [], departures: [ref('b')], nextAt: null });
  });

  it('send known departures along with a join', () => {
    const intents = createMembershipIntents();
    intents.join(joiner('a'), 100);
    intents.depart(ref('b'), 100);
    expect(intents.due(100, at(0, 200))).toEqual({ joins: [joiner('a')], departures: [ref('b')], nextAt: null });
  });

  it('are left to others where this client has no say', () => {
    const intents = createMembershipIntents();
    intents.join(joiner('a'), 0);
    intents.depart(ref('b'), 0);
    expect(intents.due(1e9, at(null, null))).toEqual({ joins: [], departures: [], nextAt: null });
  });

  it('keep only the latest leaf of a person who asks again', () => {
    const intents = createMembershipIntents();
    intents.join(joiner('a', 'x'), 0);
    intents.join(joiner('a', 'y'), 10);
    expect(intents.due(10, at(0, 0)).joins).toEqual([joiner('a', 'y')]);
  });

  it('take a join back when that leaf departs, and a departure when it stays', () => {
    const intents = createMembershipIntents();
    intents.join(joiner('a'), 0);
    intents.depart(ref('a'), 1);
    expect(intents.due(1, at(0, 0))).toEqual({ joins: [], departures: [ref('a')], nextAt: null });
    intents.stay(ref('a').leaf);
    expect(intents.due(1, at(0, 0)).departures).toEqual([]);
  });

  it('remember the earlier of two words about a departure', () => {
    const intents = createMembershipIntents();
    intents.depart(ref('a'), 4_000);
    intents.depart(ref('a'), 100);
    intents.depart(ref('a'), 5_000);
    expect(intents.due(100, at(0, 0)).departures).toEqual([ref('a')]);
  });

  it('are settled by what a commit did, and by nothing else', () => {
    const intents = createMembershipIntents();
    intents.join(joiner('a'), 0);
    intents.join(joiner('c'), 0);
    intents.depart(ref('b'), 0);
    intents.settle({ epoch: 1, added: [ref('a')], removed: [ref('b')] });
    expect(intents.due(0, at(0, 0))).toEqual({ joins: [joiner('c')], departures: [], nextAt: null });
    intents.drop(ref('c').leaf);
    expect(intents.affected().size).toBe(0);
  });
});

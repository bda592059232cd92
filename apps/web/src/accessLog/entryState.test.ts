import type { Entry } from '@sotto/audit';
import { describe, expect, it } from 'vitest';
import { toBase64url } from '../keystore/bytes.ts';
import type { CheckedEntry } from '../keystore/logTrust.ts';
import { gapsOf } from './entryState.ts';
import { actionWords, actorsOf, purposeOf, roleOf, systemActor } from './entryWords.ts';

const commitmentOf = (sequence: number) => new Uint8Array(32).fill(sequence);

/** A patient's entries by their number, newest first, each linked to the one before. */
const chain = (...numbers: number[]): CheckedEntry[] =>
  numbers.map((patientSequence) => {
    const patientPrevious = patientSequence === 1 ? null : toBase64url(commitmentOf(patientSequence - 1));
    const entry = { patientSequence, patientPrevious } as Entry;
    return {
      index: 10 * patientSequence,
      commitment: commitmentOf(patientSequence),
      checkpoint: null,
      verdict: { tag: 'proven', entry, witnessedAt: 1 },
    };
  });

describe('a patient’s own count', () => {
  it('has no gap when nothing is left out', () => {
    expect(gapsOf(chain(4, 3, 2, 1), true)).toEqual({ missing: 0, isLinked: true });
    expect(gapsOf(chain(4, 3), false)).toEqual({ missing: 0, isLinked: true });
    expect(gapsOf([], true)).toEqual({ missing: 0, isLinked: true });
  });

  it('tells how many are left out, between and before', () => {
    expect(gapsOf(chain(7, 4, 3), false)).toEqual({ missing: 2, isLinked: true });
    expect(gapsOf(chain(4, 3), true)).toEqual({ missing: 2, isLinked: true });
  });

  it('is broken when a line stands twice, out of order, or links to another', () => {
    expect(gapsOf(chain(3, 3), false).isLinked).toBe(false);
    expect(gapsOf(chain(2, 3), false).isLinked).toBe(false);
    const [newer, older] = chain(3, 2);
    if (!newer || !older) throw new Error('two');
    expect(gapsOf([newer, { ...older, commitment: commitmentOf(9) }], false).isLinked).toBe(false);
  });

  it('doesn’t believe a line that isn’t proven', () => {
    const [newest, middle, oldest] = chain(3, 2, 1);
    if (!newest || !middle || !oldest) throw new Error('three');
    const spoilt: CheckedEntry = { ...middle, verdict: { tag: 'refused', reason: 'edited' } };
    expect(gapsOf([newest, spoilt, oldest], true).missing).toBe(1);
  });
});

describe('the words of an entry', () => {
  it('know two who acted together, and those who are nobody', () => {
    expect(actorsOf({ actor: 'one+two' })).toEqual(['one', 'two']);
    expect(systemActor('unverified')).toBe('unverified');
    expect(systemActor('toString')).toBeNull();
  });

  it('tell an emergency’s reason from the purpose, and a role from who vouches for it', () => {
    expect(purposeOf({ purpose: 'emergency:lifeThreat' })).toEqual({ purpose: 'emergency', breakGlass: 'lifeThreat' });
    expect(purposeOf({ purpose: 'treatment' })).toEqual({ purpose: 'treatment', breakGlass: null });
    expect(purposeOf({ purpose: null })).toBeNull();
    expect(roleOf({ role: 'relayed:physician' })).toBe('physician');
  });

  it('leave an action that they don’t know to its code', () => {
    expect(actionWords('object.release')).toBe('release');
    expect(actionWords('constructor')).toBeNull();
  });
});

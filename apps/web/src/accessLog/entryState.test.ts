import type { Entry } from '@sotto/audit';
import { describe, expect, it } from 'vitest';
import { toBase64url } from '../keystore/bytes.ts';
import type { CheckedEntry } from '../keystore/logTrust.ts';
import { confirmedAt, gapsOf, onePatientOf, placesMissing } from './entryState.ts';
import { actionWords, actorsOf, isRelayed, isRestricted, purposeOf, rolesOf, systemActor } from './entryWords.ts';

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

/** One proven line. */
const line = (index: number, entry: Partial<Entry>, witnessedAt: number | null = 1): CheckedEntry => ({
  ...{ index, commitment: commitmentOf(1), checkpoint: null },
  verdict: { tag: 'proven', entry: entry as Entry, witnessedAt },
});

describe('whose lines they are', () => {
  const [mine, others, nobodys] = [
    line(3, { patient: 'one' }),
    line(2, { patient: 'two' }),
    line(1, { patient: null }),
  ];

  it('is one patient only when every proven line is about them', () => {
    expect(onePatientOf([mine, mine])).toBe('one');
    expect(onePatientOf([mine, others])).toBeNull();
    expect(onePatientOf([mine, nobodys])).toBeNull();
    expect(onePatientOf([])).toBeNull();
  });
});

describe('how far a list goes', () => {
  it('was confirmed when the newest checkpoint was', () => {
    expect(confirmedAt([line(2, {}, 5), line(1, {}, 7), line(0, {}, null)])).toBe(7000);
    expect(confirmedAt([line(0, {}, null)])).toBeNull();
  });
});

describe('the places of everything', () => {
  const at = (...places: number[]) => places.map((place) => line(place, {}));

  it('have no gap when all were sent', () => {
    expect(placesMissing(at(3, 2, 1, 0), true)).toEqual({ count: 0, places: '' });
    expect(placesMissing(at(9, 8), false)).toEqual({ count: 0, places: '' });
  });

  it('are named when they weren’t', () => {
    expect(placesMissing(at(9, 5, 3, 2), true)).toEqual({ count: 6, places: '6–8, 4, 0–1' });
  });
});

describe('the words of an entry', () => {
  it('know two who acted together, and those who are nobody', () => {
    expect(actorsOf({ actor: 'one+two' })).toEqual(['one', 'two']);
    expect(systemActor('unverified', false)).toBe('unverified');
    expect(systemActor('toString', false)).toBeNull();
    expect([systemActor('host', false), systemActor('host', true), systemActor('unverified', true)]).toEqual([
      'host',
      'clinicHost',
      null,
    ]);
  });

  it('tell an emergency’s reason from the purpose, and a role from who vouches for it', () => {
    expect(purposeOf({ action: 'object.release', purpose: 'emergency:lifeThreat' })).toEqual({
      purpose: 'emergency',
      breakGlass: 'lifeThreat',
    });
    expect(purposeOf({ action: 'object.release', purpose: 'treatment' })).toEqual({
      purpose: 'treatment',
      breakGlass: null,
    });
    expect(purposeOf({ action: 'object.release', purpose: null })).toBeNull();
    expect(rolesOf({ role: 'relayed:physician' })).toEqual(['physician']);
    expect(rolesOf({ role: 'physician+privacyOfficer' })).toEqual(['physician', 'privacyOfficer']);
    expect(isRelayed({ role: 'relayed:physician' })).toBe(true);
    expect(isRelayed({ role: 'physician' })).toBe(false);
  });

  it('leave an action that they don’t know to its code', () => {
    expect(actionWords('object.release')).toBe('release');
    expect(actionWords('object.copy')).toBe('copy');
    expect(actionWords('constructor')).toBeNull();
    expect(actionWords('patientCredential.enrol')).toBe('enrolPatient');
    expect(actionWords('patientCredential.assist')).toBe('assist');
    expect(actionWords('patientCredential.revoke')).toBe('revokePatient');
    expect(actionWords('restriction.place')).toBe('restrict');
    expect(actionWords('restriction.lift')).toBe('liftRestriction');
  });

  it('say of an opening that it was refused since nobody may open it, by the hash of that reason alone', async () => {
    const hashOf = async (text: string) =>
      toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
    const refused = { action: 'object.copy', outcome: 'refused', before: await hashOf('restricted') } as const;
    expect(isRestricted(refused)).toBe(true);
    expect(isRestricted({ ...refused, before: await hashOf('denied:notGranted') })).toBe(false);
    expect(isRestricted({ ...refused, outcome: 'allowed' })).toBe(false);
    // Who restricts what is restricted is refused too.
    expect(isRestricted({ ...refused, action: 'restriction.place' })).toBe(false);
  });
});

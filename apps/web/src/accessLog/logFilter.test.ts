import type { Entry } from '@sotto/audit';
import { describe, expect, it } from 'vitest';
import type { CheckedEntry } from '../keystore/logTrust.ts';
import { isFiltering, type LogFilter, noFilter, passes } from './logFilter.ts';

const proven = (change: Partial<Entry>): CheckedEntry => ({
  index: 1,
  commitment: null,
  checkpoint: null,
  verdict: {
    tag: 'proven',
    witnessedAt: null,
    entry: {
      ...{ v: 1, id: 'AAAAAAAAAAAAAAAAAAAAAA', actor: 'a', role: 'physician', resource: 'object:o', patient: null },
      ...{ purpose: null, address: null, userAgent: null, session: null, before: null, after: null },
      ...{ patientSequence: null, patientPrevious: null, outcome: 'allowed', action: 'object.release' },
      time: new Date(2031, 4, 6, 12).toISOString(),
      ...change,
    },
  },
});

describe('what a filter lets through', () => {
  it.each<[string, Partial<Entry>, Partial<LogFilter>, boolean]>([
    ['everything without one', {}, {}, true],
    ['a visit among what is about patients', { action: 'visit:end' }, { kind: 'patients' }, true],
    ['a role among staff', { action: 'people:giveRole' }, { kind: 'staff' }, true],
    ['no role among sign-ins', { action: 'people:giveRole' }, { kind: 'signIns' }, false],
    ['a reading of mail among looks', { action: 'kept:outbox' }, { kind: 'looks' }, true],
    ['openings among openings', {}, { kind: 'openings' }, true],
    ['no reading among openings', { action: 'log.read' }, { kind: 'openings' }, false],
    ['readings among readings', { action: 'log.read' }, { kind: 'readings' }, true],
    ['a patient’s sign-in among readings', { action: 'patient.signIn' }, { kind: 'readings' }, true],
    ['no sign-in of a patient among changes', { action: 'patient.signIn' }, { kind: 'changes' }, false],
    ['it among sign-ins in the platform’s log', { action: 'patient:signIn' }, { kind: 'signIns' }, true],
    ['a new key among changes', { action: 'clinician.enrol' }, { kind: 'changes' }, true],
    ['an act without words among changes', { action: 'new.act' }, { kind: 'changes' }, true],
    ['no opening among changes', {}, { kind: 'changes' }, false],
    ['nothing allowed among refusals', {}, { outcome: 'refused' }, false],
    ['what failed among refusals', { outcome: 'failed' }, { outcome: 'refused' }, true],
    ['an emergency', { purpose: 'emergency:lifeThreat' }, { outcome: 'broken' }, true],
    ['no ordinary purpose among emergencies', { purpose: 'treatment' }, { outcome: 'broken' }, false],
    ['the first day', {}, { from: '2031-05-06' }, true],
    ['nothing before the first day', {}, { from: '2031-05-07' }, false],
    ['the last day', {}, { to: '2031-05-06' }, true],
    ['nothing after the last day', {}, { to: '2031-05-05' }, false],
  ])('%s', (_, entry, filter, isShown) => {
    expect(passes(proven(entry), { ...noFilter, ...filter })).toBe(isShown);
  });

  it('is always what isn’t proven', () => {
    const unreadable: CheckedEntry = {
      index: null,
      commitment: null,
      checkpoint: null,
      verdict: { tag: 'unreadable' },
    };
    expect(passes(unreadable, { kind: 'openings', outcome: 'refused', from: '2031-01-01', to: '2031-01-01' })).toBe(
      true,
    );
  });

  it('is known to be one', () => {
    expect(isFiltering(noFilter)).toBe(false);
    expect(isFiltering({ ...noFilter, to: '2031-01-01' })).toBe(true);
  });
});

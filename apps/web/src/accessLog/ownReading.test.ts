import type { Entry } from '@sotto/audit';
import { type PatientId, patientId, staffId } from '@sotto/protocol/ids';
import { readingNonce } from '@sotto/protocol/keystore';
import { describe, expect, it } from 'vitest';
import type { CheckedEntry } from '../keystore/logTrust.ts';
import { type AskedReading, judgeReading, worstOf } from './ownReading.ts';

const nonce = readingNonce.parse('AAECAwQFBgcICQoLDA0ODw');
const other = 'EBESExQVFhcYGRobHB0eHw';
const patient = patientId.parse('ICEiIyQlJicoKSorLC0uLw');
const reader = staffId.parse('MDEyMzQ1Njc4OTo7PD0-Pw');

const reading = (entry: Partial<Entry> = {}): CheckedEntry => ({
  ...{ index: 9, commitment: new Uint8Array(32), checkpoint: null },
  verdict: {
    tag: 'proven',
    entry: {
      ...{ action: 'log.read', outcome: 'allowed', actor: reader, session: nonce },
      ...{ resource: `log:patient:${patient}`, patient },
      ...entry,
    } as Entry,
    witnessedAt: 1,
  },
});
const asked: AskedReading = { about: { of: 'patient', patient }, reader, nonce };

describe('the entry of this very reading', () => {
  it('is known by its nonce, its reader and what was asked for', () => {
    expect(judgeReading(reading(), asked)).toBe('own');
    const all = { about: { of: 'all' }, reader, nonce } as const;
    expect(judgeReading(reading({ resource: 'log:all', patient: null }), all)).toBe('own');
    const mine = { about: { of: 'own' }, reader, nonce } as const;
    expect(judgeReading(reading({ resource: `log:actor:${reader}`, patient: null }), mine)).toBe('own');
  });

  it('is known in the platform’s log by that log’s own words', () => {
    const platform = { action: 'log:platform', resource: 'log:platform:all', patient: null };
    const all = { about: { of: 'platform', followed: null }, reader, nonce } as const;
    expect(judgeReading(reading(platform), all)).toBe('own');
    expect(judgeReading(reading({ ...platform, action: 'log.read' }), all)).toBe('other');
    expect(judgeReading(reading(), all)).toBe('other');
    const one = { about: { of: 'platform', followed: { of: 'patient', patient } }, reader, nonce } as const;
    expect(judgeReading(reading({ ...platform, resource: `log:platform:patient:${patient}`, patient }), one)).toBe(
      'own',
    );
    expect(judgeReading(reading(platform), one)).toBe('other');
  });

  it.each([
    ['an older reading', { session: other }],
    ['a reading without a nonce', { session: null }],
    ['somebody else’s reading', { actor: other }],
    ['a reading of another patient', { resource: `log:patient:${other}`, patient: other }],
    ['a reading of everything', { resource: 'log:all', patient: null }],
    ['no reading', { action: 'object.release' }],
    ['a reading that was refused', { outcome: 'refused' }],
  ] as const)('isn’t %s', (_, entry) => {
    expect(judgeReading(reading(entry), asked)).toBe('other');
  });

  it('isn’t a line that isn’t proven', () => {
    const spoilt: CheckedEntry = { ...reading(), verdict: { tag: 'refused', reason: 'notIncluded' } };
    expect(judgeReading(spoilt, asked)).toBe('other');
  });
});

describe('a patient’s own reading', () => {
  const own = reading({ actor: patient });
  const mine = (...known: PatientId[]): AskedReading => ({ about: { of: 'mine', known }, reader: null, nonce });
  const others = reading({ resource: `log:patient:${other}`, patient: other, actor: other });

  it('is theirs only when this browser knows the patient by itself', () => {
    expect(judgeReading(own, mine(patient))).toBe('own');
    expect(judgeReading(own, mine(patientId.parse(other), patient))).toBe('own');
    expect(judgeReading(own, mine())).toBe('unknown');
  });

  it('isn’t theirs when the server names another patient, however fresh', () => {
    expect(judgeReading(others, mine(patient))).toBe('unknown');
    expect(judgeReading(reading({ actor: reader }), mine(patient))).toBe('other');
    expect(judgeReading(reading({ actor: patient, session: other }), mine(patient))).toBe('other');
  });

  it('is together as good as the worst of its pages', () => {
    expect(worstOf(['own', 'own'])).toBe('own');
    expect(worstOf(['own', 'unknown', 'own'])).toBe('unknown');
    expect(worstOf(['unknown', 'other', 'own'])).toBe('other');
    expect(worstOf([])).toBe('other');
  });
});

import type { Entry } from '@sotto/audit';
import { patientId, staffId } from '@sotto/protocol/ids';
import { readingNonce } from '@sotto/protocol/keystore';
import { describe, expect, it } from 'vitest';
import type { CheckedEntry } from '../keystore/logTrust.ts';
import { type AskedReading, isOwnReading } from './ownReading.ts';

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
    expect(isOwnReading(reading(), asked)).toBe(true);
    const own = { about: { of: 'patient' }, reader: null, nonce } as const;
    expect(isOwnReading(reading({ actor: patient }), own)).toBe(true);
    const all = { about: { of: 'all' }, reader, nonce } as const;
    expect(isOwnReading(reading({ resource: 'log:all', patient: null }), all)).toBe(true);
    const mine = { about: { of: 'own' }, reader, nonce } as const;
    expect(isOwnReading(reading({ resource: `log:actor:${reader}`, patient: null }), mine)).toBe(true);
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
    expect(isOwnReading(reading(entry), asked)).toBe(false);
  });

  it('isn’t a line that isn’t proven', () => {
    expect(isOwnReading({ ...reading(), verdict: { tag: 'refused', reason: 'notIncluded' } }, asked)).toBe(false);
  });
});

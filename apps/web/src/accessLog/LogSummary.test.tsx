import type { Entry } from '@sotto/audit';
import { type PatientId, patientId } from '@sotto/protocol/ids';
import { NextIntlClientProvider } from 'next-intl';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import en from '../../messages/en.json';
import es from '../../messages/es.json';
import { SoftKeystore } from '../../test/softKeystore.ts';
import { randomId } from '../keystore/bytes.ts';
import type { CheckedEntry } from '../keystore/logTrust.ts';
import type { PatientKey } from '../portal/patientKeys.ts';
import { LogSummary } from './LogSummary.tsx';
import type { ReadingVerdict } from './ownReading.ts';

const patient = patientId.parse(randomId());
const other = patientId.parse(randomId());
const { payload: key } = await (await SoftKeystore.make()).patientKey({ pseudonym: patient });

const entries: CheckedEntry[] = [
  {
    ...{ index: 7, commitment: new Uint8Array(32), checkpoint: null },
    verdict: {
      tag: 'proven',
      entry: { patient, patientSequence: 1, patientPrevious: null } as Partial<Entry> as Entry,
      witnessedAt: 1_900_000_000,
    },
  },
];

const claim = 'none is left out';

function shown(known: readonly PatientId[], found: ReadingVerdict, ownKey: PatientKey | null): string {
  return renderToStaticMarkup(
    <NextIntlClientProvider locale="en" messages={en} timeZone="UTC">
      <LogSummary entries={entries} about={{ of: 'mine', known }} found={found} ownKey={ownKey} isWhole />
    </NextIntlClientProvider>,
  );
}

describe('a patient’s log, whole and fresh', () => {
  it('is called so when this browser knows by a key whose it is, and says by which', () => {
    const text = shown([patient], 'own', key);
    expect(text).toContain(claim);
    expect(text).toContain(`your passkey ending in ${key.credential.slice(-4)}`);
  });

  it('tells a recovery code by the end of its key, as it tells a passkey', () => {
    const text = shown([patient], 'own', { ...key, kind: 'recoveryCode' });
    expect(text).toContain(`your recovery code with the key ending in ${key.credential.slice(-4)}`);
    expect(text).toContain('this isn&#x27;t your record');
    for (const catalogue of [en, es]) expect(catalogue.portal.key.recoveryCode).toContain('{end}');
  });

  it.each([
    ['nobody', [], 'We can&#x27;t tell yet whether this list is yours'],
    ['another', [other], 'This browser doesn&#x27;t know this record as yours'],
  ] as const)('is called nothing when this browser knows %s', (_, known, title) => {
    const text = shown(known, 'unknown', null);
    expect(text).toContain(title);
    expect(text).not.toContain(`${claim}, up to now`);
    expect(text).not.toContain('checked, all in order');
    // Nor when only one of the two says so.
    expect(shown([patient], 'unknown', key)).not.toContain(`${claim}, up to now`);
    expect(shown([patient], 'own', null)).not.toContain(`${claim}, up to now`);
  });
});

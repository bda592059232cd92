import { NextIntlClientProvider } from 'next-intl';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import en from '../../messages/en.json';
import { ownTroubleWords } from '../portal/ownTroubleWords.ts';
import { EvidenceFault, KeystoreFault } from './errors.ts';
import { ReadersWords } from './readersWords.ts';
import { TroubleNotice } from './TroubleNotice.tsx';

function shown(error: Error, isPatient: boolean): string {
  const notice = <TroubleNotice error={error} />;
  return renderToStaticMarkup(
    <NextIntlClientProvider locale="en" messages={en} timeZone="UTC">
      {isPatient ? <ReadersWords value={ownTroubleWords}>{notice}</ReadersWords> : notice}
    </NextIntlClientProvider>,
  );
}

const forStaff = /privacy officer|whoever runs the clinic/u;

describe('what a patient is told', () => {
  it.each([
    ...(['statement', 'proof', 'request', 'writer', 'manifest', 'content', 'cantCheck'] as const).map(
      (code) => [code, new EvidenceFault(code)] as const,
    ),
    ...(['witnessGone', 'revoked', 'assertion', 'notYet', 'logStopped', 'rateLimited'] as const).map(
      (code) => [code, new KeystoreFault(code, [])] as const,
    ),
  ])('of %s has nothing that only staff can do', (_, error) => {
    expect(shown(error, true)).not.toMatch(forStaff);
  });

  it('of an answer that isn’t proven is to tell the clinic; staff tell an officer', () => {
    expect(shown(new EvidenceFault('statement'), true)).toContain('tell your clinic, by phone or in person');
    expect(shown(new EvidenceFault('statement'), false)).toMatch(forStaff);
  });
});

import type { Entry } from '@sotto/audit';
import { NextIntlClientProvider } from 'next-intl';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import en from '../../messages/en.json';
import es from '../../messages/es.json';
import { OpenFor } from './OpenFor.tsx';

const openedAt = '2031-05-06T07:08:09.000Z';
const entry = { action: 'object.release', outcome: 'allowed', time: openedAt } as Partial<Entry> as Entry;

it.each([
  ['en', en, 1, 'not told yet'],
  ['en', en, 24, 'not told yet'],
  ['en', en, 26, 'not told<'],
  ['es', es, 24, 'todavía no se sabe'],
  ['es', es, 26, ': no se sabe<'],
] as const)('says in %s what isn’t told of an opening, %#', (locale, messages, hours, words) => {
  const text = renderToStaticMarkup(
    <NextIntlClientProvider locale={locale} messages={messages} timeZone="UTC">
      <OpenFor entry={entry} open={null} now={Date.parse(openedAt) + hours * 3_600_000} />
    </NextIntlClientProvider>,
  );
  expect(text).toContain(words);
});

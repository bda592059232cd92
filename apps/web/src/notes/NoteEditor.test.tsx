import { staffId, visitId } from '@sotto/protocol/ids';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { NextIntlClientProvider } from 'next-intl';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import en from '../../messages/en.json';
import { SoftKeystore } from '../../test/softKeystore.ts';
import { randomId } from '../keystore/bytes.ts';
import { KeystoreFault } from '../keystore/errors.ts';
import { directoryQuery, identityQuery } from '../keystore/keystoreQueries.ts';
import { NoteEditor } from './NoteEditor.tsx';
import { NoteDesk } from './noteDesk.ts';

const staff = staffId.parse(randomId());

/** The editor as it stands when the directory was read once and then not again. */
async function shown(): Promise<string> {
  const { pins } = await SoftKeystore.make();
  const queries = new QueryClient();
  queries.setQueryData(identityQuery.queryKey, {
    identity: { ...pins, master: 'software' } as never,
    verdict: { tag: 'trusted', pins },
  });
  const cached = queries.getQueryCache().build(queries, queries.defaultQueryOptions(directoryQuery(pins)));
  cached.setState({
    ...{
      data: { passkeys: [], ended: new Set<never>(), spoilt: 0, people: [] },
      dataUpdatedAt: 1,
      status: 'error',
      fetchStatus: 'idle',
    },
    error: new KeystoreFault('unavailable', []),
  });
  const desk = new NoteDesk(visitId.parse(randomId()), staff, () => Promise.reject(new Error('not here')));
  desk.write('Half a sentence');
  return renderToStaticMarkup(
    <QueryClientProvider client={queries}>
      <NextIntlClientProvider locale="en" messages={en} timeZone="UTC">
        <NoteEditor desk={desk} staff={staff} />
      </NextIntlClientProvider>
    </QueryClientProvider>,
  );
}

it('keeps what is being written when the directory can’t be read again', async () => {
  const page = await shown();
  expect(page).toContain('Half a sentence');
  expect(page).toContain('<textarea');
});

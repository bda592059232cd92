import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import { configQuery, sessionQuery } from '../clinic/clinicQueries.ts';
import { forgetRead } from './forgetRead.ts';

it('takes what no page shows any more, and nothing from a visit that goes on without asking', () => {
  const queries = new QueryClient();
  const visit = ['visits', 'one', 'a'];
  const keys = [visit, ['visits', 'list', 'b'], sessionQuery.queryKey, configQuery.queryKey];
  for (const queryKey of keys) queries.setQueryData(queryKey, 'read');
  const stop = new QueryObserver(queries, { queryKey: visit, enabled: false }).subscribe(() => undefined);
  const has = () => keys.map((queryKey) => queries.getQueryData(queryKey) === 'read');
  forgetRead(queries);
  expect(has()).toEqual([true, false, true, true]);
  stop();
  forgetRead(queries);
  expect(has()).toEqual([false, false, true, true]);
});

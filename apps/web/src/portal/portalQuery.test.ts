import { QueryClient } from '@tanstack/react-query';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ClinicFault } from '../clinic/errors.ts';
import { EvidenceFault } from '../keystore/errors.ts';
import { endsShowing, newestObjectsQuery, ownObjectsQuery } from './portalQuery.ts';

afterEach(() => vi.unstubAllGlobals());

const part = (next: string | null) => ({ objects: [], next });

describe('the list of a patient’s notes', () => {
  it('is looked at again by its first part alone, and read again when that is another', async () => {
    const place = `2031-05-06T07:08:09.000Z~${'A'.repeat(22)}`;
    const queries = new QueryClient();
    const asked: string[] = [];
    let newest = part(place);
    vi.stubGlobal('fetch', (path: string) => {
      asked.push(path);
      return Promise.resolve(new Response(JSON.stringify(newest)));
    });
    queries.setQueryData(ownObjectsQuery.queryKey, { pages: [part(place), part(null)], pageParams: [null, place] });
    const isStale = () => queries.getQueryState(ownObjectsQuery.queryKey)?.isInvalidated;
    await queries.query({ ...newestObjectsQuery, staleTime: 0 });
    expect(asked).toEqual(['/api/portal/objects']);
    expect(isStale()).toBe(false);
    newest = part(null);
    await queries.query({ ...newestObjectsQuery, staleTime: 0 });
    expect(isStale()).toBe(true);
    expect(ownObjectsQuery).not.toHaveProperty('refetchInterval');
  });
});

describe('what a patient’s page shows', () => {
  it('goes when its answer can’t be believed, or the session is over; not when the clinic isn’t reached', () => {
    expect(endsShowing(new EvidenceFault('statement'))).toBe(true);
    expect(endsShowing(new ClinicFault('unauthenticated'))).toBe(true);
    expect(endsShowing(new ClinicFault('unreachable'))).toBe(false);
    expect(endsShowing(null)).toBe(false);
  });
});

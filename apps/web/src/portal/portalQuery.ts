import { objectPage } from '@sotto/protocol/records';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { faultCode } from '../clinic/errors.ts';
import { EvidenceFault, mayPass } from '../keystore/errors.ts';
import { pathBefore } from '../keystore/keystoreApi.ts';
import { askKeystore } from '../keystore/keystoreRequest.ts';
import type { Pins } from '../keystore/pins.ts';
import { checkRestrictions } from '../keystore/restrictions.ts';
import { readPortal } from './readPortal.ts';

/** What was read a moment ago isn't shown on when its answer can't be believed, or whoever reads has no session any more. */
export const endsShowing = (error: Error | null): boolean =>
  error instanceof EvidenceFault || ['unauthenticated', 'forbidden'].includes(faultCode(error));

const retry = (failures: number, error: Error) => failures < 3 && mayPass(error);

/** The patient with all keys of theirs, and what nobody opens at present. Asked again while a key may be waiting. */
export const portalQuery = (pins: Pins) =>
  queryOptions({
    queryKey: ['keystore', 'portal', pins.statementKey],
    queryFn: async ({ signal }) => {
      const { restrictions, ...read } = await readPortal(pins, signal);
      return { ...read, restrictions: await checkRestrictions(restrictions, read.patient.id, pins) };
    },
    refetchInterval: 5000,
    retry,
  });

const readPart = (place: string | null, signal: AbortSignal) =>
  askKeystore(objectPage, { method: 'GET', path: pathBefore('/api/portal/objects', place), signal });

/** What was written about the patient, newest first. */
export const ownObjectsQuery = infiniteQueryOptions({
  queryKey: ['keystore', 'ownObjects'],
  initialPageParam: null as string | null,
  queryFn: ({ pageParam, signal }) => readPart(pageParam, signal),
  getNextPageParam: ({ next }) => next,
  retry,
});

/** Looks whether the newest part of that list is another one by now: only then all parts are read again. */
export const newestObjectsQuery = queryOptions({
  queryKey: ['keystore', 'newestOwnObjects'],
  queryFn: async ({ client, signal }) => {
    const newest = await readPart(null, signal);
    const [first] = client.getQueryData(ownObjectsQuery.queryKey)?.pages ?? [];
    if (JSON.stringify(newest) !== JSON.stringify(first)) {
      await client.invalidateQueries({ queryKey: ownObjectsQuery.queryKey });
    }
    return null;
  },
  initialData: null,
  staleTime: 10_000,
  refetchInterval: 10_000,
  retry,
});

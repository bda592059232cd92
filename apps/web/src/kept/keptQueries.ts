import type { PatientId } from '@sotto/protocol/ids';
import { legalHolds, restrictions } from '@sotto/protocol/keystoreRoutes';
import { keptView, objectPage } from '@sotto/protocol/records';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { mayPass } from '../keystore/errors.ts';
import { pathBefore } from '../keystore/keystoreApi.ts';
import { askKeystore } from '../keystore/keystoreRequest.ts';
import type { Pins } from '../keystore/pins.ts';
import { checkRestrictions } from '../keystore/restrictions.ts';
import { checkPatientKeys, newKeysNonce } from '../portal/patientKeys.ts';

const retry = (failures: number, error: Error) => failures < 3 && mayPass(error);

/** Who is under legal hold, the newest hold first. */
export const holdsQuery = infiniteQueryOptions({
  queryKey: ['keystore', 'holds'],
  initialPageParam: null as string | null,
  queryFn: ({ pageParam, signal }) =>
    askKeystore(legalHolds, { method: 'GET', path: pathBefore('/api/keystore/holds', pageParam), signal }),
  getNextPageParam: ({ next }) => next,
  refetchInterval: 30_000,
  retry,
});

/** What nobody opens at present, the newest restriction first, each as the keystore signed it. */
export const restrictionsQuery = (pins: Pins) =>
  infiniteQueryOptions({
    queryKey: ['keystore', 'restrictions', pins.statementKey],
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam, signal }) => {
      const path = pathBefore('/api/keystore/restrictions', pageParam);
      const page = await askKeystore(restrictions, { method: 'GET', path, signal });
      return { restrictions: await checkRestrictions(page.restrictions, null, pins), next: page.next };
    },
    getNextPageParam: ({ next }) => next,
    refetchInterval: 30_000,
    retry,
  });

/** A patient's legal hold, and all keys and restrictions of theirs that the keystore has signed. */
export const keptQuery = (pseudonym: PatientId, pins: Pins) =>
  queryOptions({
    queryKey: ['keystore', 'kept', pseudonym, pins.statementKey],
    queryFn: async ({ signal }) => {
      const nonce = newKeysNonce();
      const path = `/api/keystore/patients/${pseudonym}?nonce=${nonce}`;
      const { heldSince, restrictions: signed, ...keys } = await askKeystore(keptView, { method: 'GET', path, signal });
      const checked = await checkPatientKeys(keys, { pseudonym, nonce }, pins);
      return { heldSince, restrictions: await checkRestrictions(signed, pseudonym, pins), ...checked };
    },
    retry,
  });

/** What was written about a patient, newest first. */
export const keptObjectsQuery = (pseudonym: PatientId) =>
  infiniteQueryOptions({
    queryKey: ['keystore', 'kept', pseudonym, 'objects'],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const path = pathBefore(`/api/keystore/patients/${pseudonym}/objects`, pageParam);
      return askKeystore(objectPage, { method: 'GET', path, signal });
    },
    getNextPageParam: ({ next }) => next,
    retry,
  });

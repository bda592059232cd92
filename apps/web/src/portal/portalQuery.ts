import type { PatientId } from '@sotto/protocol/ids';
import { objectPage, portalView } from '@sotto/protocol/records';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { browserStorage } from '../call/browserStorage.ts';
import { mayPass } from '../keystore/errors.ts';
import { pathBefore } from '../keystore/keystoreApi.ts';
import { askKeystore } from '../keystore/keystoreRequest.ts';
import type { Pins } from '../keystore/pins.ts';
import { readOwnPatients, rememberOwnPatient } from './ownPatient.ts';
import { readOwnRequest, standingOf } from './ownRequest.ts';
import { type CheckedPatientKeys, checkPatientKeys, newKeysNonce } from './patientKeys.ts';

const retry = (failures: number, error: Error) => failures < 3 && mayPass(error);

/** Who the patient is, with all keys of theirs that the keystore has signed. Asked again while one may be waiting. */
export const portalQuery = (pins: Pins) =>
  queryOptions({
    queryKey: ['keystore', 'portal', pins.statementKey],
    queryFn: async ({ signal }) => {
      const nonce = newKeysNonce();
      const path = `/api/portal?nonce=${nonce}`;
      const { patient, visit, ...keys } = await askKeystore(portalView, { method: 'GET', path, signal });
      const checked = await checkPatientKeys(keys, { pseudonym: patient.id, nonce }, pins);
      rememberMade(patient.id, checked);
      return { patient, visit, ...checked };
    },
    refetchInterval: 5000,
    retry,
  });

/** The key that was made here counts: from now on this browser knows whose it is. */
function rememberMade(patient: PatientId, { keys, signed }: CheckedPatientKeys): void {
  const request = readOwnRequest(patient, new Date());
  if (request === null || standingOf(request, keys) !== 'counts') return;
  const { credential } = request.enrolment.entry;
  const made = signed.find(({ payload }) => payload.credential === credential);
  if (made) rememberOwnPatient(made, browserStorage('localStorage'));
}

/** What was written about the patient, newest first. */
export const ownObjectsQuery = infiniteQueryOptions({
  queryKey: ['keystore', 'ownObjects'],
  initialPageParam: null as string | null,
  queryFn: ({ pageParam, signal }) =>
    askKeystore(objectPage, { method: 'GET', path: pathBefore('/api/portal/objects', pageParam), signal }),
  getNextPageParam: ({ next }) => next,
  refetchInterval: 10_000,
  retry,
});

/** Whom this browser knows as its own, by keys that were made or used in it. */
export const ownPatientsQuery = (pins: Pins) =>
  queryOptions({
    queryKey: ['keystore', 'ownPatients', pins.statementKey],
    queryFn: () => readOwnPatients(pins, browserStorage('localStorage')),
    // Another page, or another tab, may have learned more.
    staleTime: 0,
    gcTime: 0,
  });

import type { PatientId } from '@sotto/protocol/ids';
import type { CredentialId } from '@sotto/protocol/keystore';
import { objectPage, portalView } from '@sotto/protocol/records';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { browserStorage } from '../call/browserStorage.ts';
import { faultCode } from '../clinic/errors.ts';
import { EvidenceFault, mayPass } from '../keystore/errors.ts';
import { pathBefore } from '../keystore/keystoreApi.ts';
import { askKeystore } from '../keystore/keystoreRequest.ts';
import type { Pins } from '../keystore/pins.ts';
import { checkRestrictions } from '../keystore/restrictions.ts';
import { dropEndedKeys, readOwnPatients, rememberOwnPatient } from './ownPatient.ts';
import { readOwnRequest, standingOf } from './ownRequest.ts';
import { type CheckedPatientKeys, checkPatientKeys, newKeysNonce } from './patientKeys.ts';

/** What was read a moment ago isn't shown on when its answer can't be believed, or whoever reads has no session any more. */
export const endsShowing = (error: Error | null): boolean =>
  error instanceof EvidenceFault || ['unauthenticated', 'forbidden'].includes(faultCode(error));

const retry = (failures: number, error: Error) => failures < 3 && mayPass(error);

/**
 * Who the patient is, with all keys of theirs that the keystore has signed now; what is restricted isn't checked here. What this
 * browser knew by a key that was ended it knows no longer.
 *
 * @throws EvidenceFault if these aren't all of them
 */
async function readPortal(pins: Pins, signal: AbortSignal) {
  const nonce = newKeysNonce();
  const path = `/api/portal?nonce=${nonce}`;
  const { patient, visit, restrictions, ...keys } = await askKeystore(portalView, { method: 'GET', path, signal });
  const checked = await checkPatientKeys(keys, { pseudonym: patient.id, nonce }, pins);
  dropEndedKeys(patient.id, checked.signed, browserStorage('localStorage'));
  rememberMade(patient.id, checked);
  return { patient, visit, restrictions, ...checked };
}

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

/**
 * Remembers by a key that has just signed here whose record it is: the keystore's signed list has it. Without that only the log
 * claims less.
 */
export async function rememberUsedKey(pins: Pins, used: CredentialId): Promise<void> {
  const read = await readPortal(pins, AbortSignal.timeout(10_000)).catch(() => null);
  const key = read?.signed.find(({ payload }) => payload.credential === used);
  if (key) rememberOwnPatient(key, browserStorage('localStorage'));
}

/** The key that was made here counts: from now on this browser knows whose it is. */
function rememberMade(patient: PatientId, { keys, signed }: CheckedPatientKeys): void {
  const request = readOwnRequest(patient, new Date());
  if (request === null || standingOf(request, keys) !== 'counts') return;
  const { credential } = request.enrolment.entry;
  const made = signed.find(({ payload }) => payload.credential === credential);
  if (made) rememberOwnPatient(made, browserStorage('localStorage'));
}

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

/**
 * As whom this browser knows the patient whom the clinic's server calls the reader: by keys that were made or used in it, and
 * count still, by a list that the keystore has signed just now. Fails where there is no such list.
 */
export const ownPatientsQuery = (pins: Pins) =>
  queryOptions({
    queryKey: ['keystore', 'ownPatients', pins.statementKey],
    queryFn: async ({ signal }) => {
      const { patient } = await readPortal(pins, signal);
      const known = await readOwnPatients(pins, browserStorage('localStorage'));
      return {
        /** Of these alone it is known that they count still. */
        keys: known.filter(({ pseudonym }) => pseudonym === patient.id),
        /** Whom this browser was told to be its own, whether or not it counts still. */
        patients: known.map(({ pseudonym }) => pseudonym),
      };
    },
    // Another page, or another tab, may have learned more.
    staleTime: 0,
    gcTime: 0,
    // The log is there to be read meanwhile; only whose it is isn't known.
    retry: (failures, error) => failures < 1 && mayPass(error),
    refetchOnWindowFocus: false,
  });

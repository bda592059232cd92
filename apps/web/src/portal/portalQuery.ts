import type { PatientId } from '@sotto/protocol/ids';
import { portalView } from '@sotto/protocol/records';
import { queryOptions } from '@tanstack/react-query';
import { browserStorage } from '../call/browserStorage.ts';
import { mayPass } from '../keystore/errors.ts';
import { askKeystore } from '../keystore/keystoreRequest.ts';
import type { Pins } from '../keystore/pins.ts';
import { readOwnPatients, rememberOwnPatient } from './ownPatient.ts';
import { readOwnRequest, standingOf } from './ownRequest.ts';
import { type CheckedPatientKeys, checkPatientKeys } from './patientKeys.ts';

/** What the patient's own page shows, with the keys that the keystore has signed. Asked again while one may be waiting. */
export const portalQuery = (pins: Pins) =>
  queryOptions({
    queryKey: ['keystore', 'portal', pins.statementKey],
    queryFn: async ({ signal }) => {
      const view = await askKeystore(portalView, { method: 'GET', path: '/api/portal', signal });
      const checked = await checkPatientKeys(view.keys, view.patient.id, pins);
      rememberMade(view.patient.id, checked);
      return { view, ...checked };
    },
    refetchInterval: 5000,
    retry: (failures, error) => failures < 3 && mayPass(error),
  });

/** The key that was made here counts: from now on this browser knows whose it is. */
function rememberMade(patient: PatientId, { keys, signed }: CheckedPatientKeys): void {
  const request = readOwnRequest(patient, new Date());
  if (request === null || standingOf(request, keys) !== 'counts') return;
  const { credential } = request.enrolment.entry;
  const made = signed.find(({ payload }) => payload.credential === credential);
  if (made) rememberOwnPatient(made, browserStorage('localStorage'));
}

/** Whom this browser knows as its own, by keys that were made or used in it. */
export const ownPatientsQuery = (pins: Pins) =>
  queryOptions({
    queryKey: ['keystore', 'ownPatients', pins.statementKey],
    queryFn: () => readOwnPatients(pins, browserStorage('localStorage')),
    // Another page, or another tab, may have learned more.
    staleTime: 0,
    gcTime: 0,
  });

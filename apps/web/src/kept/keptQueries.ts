import type { PatientId } from '@sotto/protocol/ids';
import { legalHolds } from '@sotto/protocol/keystoreRoutes';
import { keptView } from '@sotto/protocol/records';
import { queryOptions } from '@tanstack/react-query';
import { mayPass } from '../keystore/errors.ts';
import { askKeystore } from '../keystore/keystoreRequest.ts';
import type { Pins } from '../keystore/pins.ts';
import { checkPatientKeys } from '../portal/patientKeys.ts';

const retry = (failures: number, error: Error) => failures < 3 && mayPass(error);

/** Who is under legal hold. */
export const holdsQuery = queryOptions({
  queryKey: ['keystore', 'holds'],
  queryFn: ({ signal }) => askKeystore(legalHolds, { method: 'GET', path: '/api/keystore/holds', signal }),
  refetchInterval: 30_000,
  retry,
});

/** What is kept of one patient, with the keys that the keystore has signed. */
export const keptQuery = (patient: PatientId, pins: Pins) =>
  queryOptions({
    queryKey: ['keystore', 'kept', patient, pins.statementKey],
    queryFn: async ({ signal }) => {
      const path = `/api/keystore/patients/${patient}`;
      const { objects, heldSince, keys } = await askKeystore(keptView, { method: 'GET', path, signal });
      return { objects, heldSince, ...(await checkPatientKeys(keys, patient, pins)) };
    },
    retry,
  });

import { portalView } from '@sotto/protocol/records';
import { queryOptions } from '@tanstack/react-query';
import { mayPass } from '../keystore/errors.ts';
import { askKeystore } from '../keystore/keystoreRequest.ts';
import type { Pins } from '../keystore/pins.ts';
import { checkPatientKeys } from './patientKeys.ts';

/** What the patient's own page shows, with the keys that the keystore has signed. Asked again while one may be waiting. */
export const portalQuery = (pins: Pins) =>
  queryOptions({
    queryKey: ['keystore', 'portal', pins.statementKey],
    queryFn: async ({ signal }) => {
      const view = await askKeystore(portalView, { method: 'GET', path: '/api/portal', signal });
      return { view, ...(await checkPatientKeys(view.keys, view.patient.id, pins)) };
    },
    refetchInterval: 5000,
    retry: (failures, error) => failures < 3 && mayPass(error),
  });

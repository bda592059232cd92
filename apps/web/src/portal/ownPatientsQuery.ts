import { queryOptions } from '@tanstack/react-query';
import { browserStorage } from '../call/browserStorage.ts';
import { mayPass } from '../keystore/errors.ts';
import type { Pins } from '../keystore/pins.ts';
import { readOwnPatients } from './ownPatient.ts';
import { readPortal } from './readPortal.ts';

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

'use client';

import type { StaffId, VisitId } from '@sotto/protocol/ids';
import { useQuery } from '@tanstack/react-query';
import { identityQuery } from '../keystore/keystoreQueries.ts';
import { PatientRequests } from './PatientRequests.tsx';

/** The requests of a visit that is going on: silent while the keystore isn't known, which other pages tell. */
export function VisitRequests({ visit, staff }: { visit: VisitId; staff: StaffId }) {
  const { data } = useQuery(identityQuery);
  return data?.verdict.tag === 'trusted' ? (
    <PatientRequests visit={visit} staff={staff} pins={data.verdict.pins} />
  ) : null;
}

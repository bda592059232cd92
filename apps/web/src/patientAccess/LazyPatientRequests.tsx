'use client';

import type { StaffId, VisitId } from '@sotto/protocol/ids';
import { type ComponentType, useEffect, useState } from 'react';

interface LazyPatientRequestsProps {
  visit: VisitId;
  staff: StaffId;
}

/** Who asks for a key in this visit. Fetched after the call: what fails here is still on the page of the visit's notes. */
export function LazyPatientRequests(props: LazyPatientRequestsProps) {
  const [Requests, setRequests] = useState<ComponentType<LazyPatientRequestsProps> | null>(null);
  useEffect(() => {
    let current = true;
    import('./VisitRequests.tsx').then(
      ({ VisitRequests }) => {
        if (current) setRequests(() => VisitRequests);
      },
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, []);
  return Requests === null ? null : <Requests {...props} />;
}

'use client';

import type { StaffId } from '@sotto/protocol/ids';
import { type ComponentType, useEffect, useState } from 'react';

/** What is still being stored. Fetched after the page: what fails here goes on at the next one. */
export function LazyStoring({ staff }: { staff: StaffId }) {
  const [Storing, setStoring] = useState<ComponentType<{ staff: StaffId }> | null>(null);
  useEffect(() => {
    let current = true;
    import('./Storing.tsx').then(
      (loaded) => {
        if (current) setStoring(() => loaded.Storing);
      },
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, []);
  return Storing === null ? null : <Storing staff={staff} />;
}

'use client';

import { useEffect, useState } from 'react';
import type { CallDetails, VisitCall } from '../call/contract.ts';

const everyMs = 1_000;

/** The call's details, anew each second for as long as somebody looks. Null until they are there. */
export function useDetails(call: VisitCall): CallDetails | null {
  const [details, setDetails] = useState<CallDetails | null>(null);
  useEffect(() => {
    let current = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      const next = await call.details();
      if (!current) return;
      // Between two connections the last ones stay: they are what somebody is looking at.
      if (next !== null) setDetails(next);
      timer = setTimeout(() => void read(), everyMs);
    };
    void read();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [call]);
  return details;
}

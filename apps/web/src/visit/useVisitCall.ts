'use client';

import { useEffect, useState, useSyncExternalStore } from 'react';
import type { LocalMedia, VisitCall, VisitCallTarget, VisitSnapshot } from '../call/contract.ts';
import { createVisitCall } from '../call/visitCall.ts';

/** A call that runs as long as the component does; null before the first effect. */
export function useVisitCall(target: VisitCallTarget, media: LocalMedia): VisitCall | null {
  const [call, setCall] = useState<VisitCall | null>(null);
  useEffect(() => {
    const made = createVisitCall(target);
    made.join(media);
    setCall(made);
    return () => made.dispose();
  }, [target, media]);
  return call;
}

export const useVisitSnapshot = (call: VisitCall): VisitSnapshot =>
  useSyncExternalStore(
    (listener) => call.subscribe(listener),
    () => call.getSnapshot(),
    () => call.getSnapshot(),
  );

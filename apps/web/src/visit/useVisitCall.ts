'use client';

import { useEffect, useState, useSyncExternalStore } from 'react';
import type { LocalMedia, VisitCall, VisitCallTarget, VisitSnapshot } from '../call/contract.ts';
import { createVisitCall } from '../call/visitCall.ts';
import type { VisitMemory } from '../call/visitMemory.ts';

/** One call, joined when the component appears and dropped when it goes. The arguments stay the same. */
export function useVisitCall(target: () => VisitCallTarget, memory: VisitMemory, media: LocalMedia): VisitCall {
  const [call] = useState(() => createVisitCall(target(), memory));
  useEffect(() => {
    call.join(media);
    return () => call.dispose();
  }, [call, media]);
  return call;
}

export const useVisitSnapshot = (call: VisitCall): VisitSnapshot =>
  useSyncExternalStore(
    (listener) => call.subscribe(listener),
    () => call.getSnapshot(),
    () => call.getSnapshot(),
  );

'use client';

import { useEffect, useState, useSyncExternalStore } from 'react';
import type { LocalMedia, VisitCall, VisitCallTarget, VisitSnapshot } from '../call/contract.ts';
import { createVisitCall } from '../call/visitCall.ts';

/** One call, joined when the component appears and dropped when it goes. `target` and `media` stay the same. */
export function useVisitCall(target: () => VisitCallTarget, media: LocalMedia): VisitCall {
  const [call] = useState(() => createVisitCall(target()));
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

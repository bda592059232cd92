'use client';

import type { VisitId } from '@sotto/protocol/ids';
import { useEffect } from 'react';
import { isForgetting } from './forgetPatient.ts';

/** Hears when somebody says in another tab that this visit isn't theirs. @param visit undefined while none is known */
export function useForgotten(visit: VisitId | undefined, onForgotten: () => void): void {
  useEffect(() => {
    const hear = (event: StorageEvent) => {
      if (visit !== undefined && isForgetting(event, visit)) onForgotten();
    };
    window.addEventListener('storage', hear);
    return () => window.removeEventListener('storage', hear);
  }, [visit, onForgotten]);
}

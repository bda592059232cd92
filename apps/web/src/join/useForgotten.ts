'use client';

import type { PatientId, VisitId } from '@sotto/protocol/ids';
import { useEffect } from 'react';
import { isForgetting } from './forgetPatient.ts';

/**
 * Hears when somebody says in another tab that nothing is to be left here.
 *
 * @param whose of which visit, or of whom where they signed in without one; undefined while nobody is known
 */
export function useForgotten(whose: VisitId | PatientId | undefined, onForgotten: () => void): void {
  useEffect(() => {
    const hear = (event: StorageEvent) => {
      if (whose !== undefined && isForgetting(event, whose)) onForgotten();
    };
    window.addEventListener('storage', hear);
    return () => window.removeEventListener('storage', hear);
  }, [whose, onForgotten]);
}

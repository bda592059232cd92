'use client';

import { CallCrypto } from '@sotto/e2ee';
import { useEffect, useState } from 'react';

/** Whether this browser can keep a visit private; null until it was looked at, which only the browser can do. */
export function useCanSeal(): boolean | null {
  const [canSeal, setCanSeal] = useState<boolean | null>(null);
  useEffect(() => {
    let current = true;
    void CallCrypto.support().then((support) => {
      if (current) setCanSeal(support.tag === 'supported' && 'mediaDevices' in navigator);
    });
    return () => {
      current = false;
    };
  }, []);
  return canSeal;
}

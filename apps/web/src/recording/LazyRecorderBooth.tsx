'use client';

import { type ComponentType, useEffect, useState } from 'react';
import type { RecorderBoothOptions } from './RecorderBooth.tsx';

/** What records, fetched after the call. */
export function LazyRecorderBooth(props: RecorderBoothOptions) {
  const [Booth, setBooth] = useState<ComponentType<RecorderBoothOptions> | null>(null);
  useEffect(() => {
    let current = true;
    import('./RecorderBooth.tsx').then(
      ({ RecorderBooth }) => {
        if (current) setBooth(() => RecorderBooth);
      },
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, []);
  return Booth === null ? null : <Booth {...props} />;
}

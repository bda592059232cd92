'use client';

import { type ComponentProps, lazy, Suspense } from 'react';

const Check = lazy(async () => ({ default: (await import('./CheckDialog.tsx')).CheckDialog }));

/** The dialog, loaded when the first recording is to be checked. */
export function LazyCheckDialog(props: ComponentProps<typeof Check>) {
  return (
    <Suspense fallback={null}>
      <Check {...props} />
    </Suspense>
  );
}

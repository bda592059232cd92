'use client';

import { type ComponentProps, lazy, Suspense } from 'react';
import { Skeleton } from '../components/Skeleton.tsx';

const Player = lazy(async () => ({ default: (await import('./RecordingPlayer.tsx')).RecordingPlayer }));

/** The player, loaded when the first recording is opened. */
export function LazyRecordingPlayer(props: ComponentProps<typeof Player>) {
  return (
    <Suspense fallback={<Skeleton className="h-80" />}>
      <Player {...props} />
    </Suspense>
  );
}

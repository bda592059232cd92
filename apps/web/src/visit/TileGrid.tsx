'use client';

import type { ReactNode } from 'react';
import { useTileLayout } from './useTileLayout.ts';

/** Several people's tiles, all of one size. */
export function TileGrid({ people, children }: { people: number; children: ReactNode }) {
  const { stage, sizes } = useTileLayout(people);
  return (
    <div
      ref={stage}
      style={sizes}
      className="flex size-full flex-wrap content-center justify-center gap-2 overflow-y-auto p-2 *:h-(--tile-height) *:w-(--tile-width)"
    >
      {children}
    </div>
  );
}

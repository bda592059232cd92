'use client';

import type { ObjectId } from '@sotto/protocol/ids';
import { useEffect, useRef } from 'react';
import type { RestrictedExtent } from '../keystore/restrictions.ts';
import type { ListedRecording } from '../player/recordings.ts';
import type { useOwnRecording } from './useOwnRecording.ts';

interface RestrictedEndOptions {
  readonly listed: ListedRecording;
  readonly restricted: RestrictedExtent | null;
  readonly openings: readonly Pick<ReturnType<typeof useOwnRecording>, 'opened' | 'end'>[];
  /** Something more of it was restricted: what isn't an opening ends here. */
  readonly onRestricted: () => void;
}

const nothing: readonly ObjectId[] = [];

/** A restriction ends what is open of it too, and what is being opened as soon as it is. */
export function useRestrictedEnd({ listed, restricted, openings, onRestricted }: RestrictedEndOptions): void {
  const before = useRef(nothing);
  useEffect(() => {
    const closed = listed.objects.filter(({ object }) => restricted !== null && !restricted.rest.includes(object));
    const isNew = closed.some(({ object }) => !before.current.includes(object));
    before.current = closed.map(({ object }) => object);
    if (isNew) onRestricted();
    for (const { opened, end } of openings) {
      if (opened?.recording.tracks.some(({ track }) => closed.some((one) => one.track === track))) end(null);
    }
  });
}

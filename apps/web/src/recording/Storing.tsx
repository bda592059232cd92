'use client';

import type { StaffId } from '@sotto/protocol/ids';
import { useEffect, useState, useSyncExternalStore } from 'react';
import type { Pins } from '../keystore/pins.ts';
import { createRecordingShelf } from './recordingShelf.ts';
import { StoringNotice } from './StoringNotice.tsx';
import { usePins } from './usePins.ts';

/** Stores what recordings on this device still have to be stored, and says how far it is. */
export function Storing({ staff }: { staff: StaffId }) {
  const pins = usePins();
  return pins === null ? null : <Shelf staff={staff} pins={pins} />;
}

const always = () => Promise.resolve(true);

function Shelf({ staff, pins }: { staff: StaffId; pins: Pins }) {
  const [shelf] = useState(() => createRecordingShelf({ staff, pins, visit: null, mayUpload: always }));
  useEffect(() => () => shelf.close(), [shelf]);
  return <StoringNotice state={useSyncExternalStore(shelf.subscribe, shelf.getSnapshot, shelf.getSnapshot)} />;
}

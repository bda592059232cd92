'use client';

import { useEffect, useState, useSyncExternalStore } from 'react';
import { LocalDevices, type LocalDevicesSnapshot } from './localDevices.ts';

/** The page's devices, stopped when the component goes. For components that are drawn only in a browser. */
export function useLocalDevices(): LocalDevices {
  const [devices] = useState(() => new LocalDevices());
  useEffect(() => devices.watch(), [devices]);
  return devices;
}

export const useDevicesSnapshot = (devices: LocalDevices): LocalDevicesSnapshot =>
  useSyncExternalStore(devices.subscribe, devices.getSnapshot, devices.getSnapshot);

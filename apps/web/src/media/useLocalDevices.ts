'use client';

import { useEffect, useState, useSyncExternalStore } from 'react';
import { LocalDevices, type LocalDevicesSnapshot } from './localDevices.ts';

/** The page's devices; made in the browser after the first paint, stopped when the page's component goes. */
export function useLocalDevices(): LocalDevices | null {
  const [devices, setDevices] = useState<LocalDevices | null>(null);
  useEffect(() => {
    if (!('mediaDevices' in navigator)) return;
    const made = new LocalDevices();
    setDevices(made);
    return () => made.dispose();
  }, []);
  return devices;
}

export const useDevicesSnapshot = (devices: LocalDevices): LocalDevicesSnapshot =>
  useSyncExternalStore(devices.subscribe, devices.getSnapshot, devices.getSnapshot);

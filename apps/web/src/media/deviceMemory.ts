import * as z from 'zod';

/**
 * What a reload of the page should find again. Chosen devices stay for the next visit; whether microphone and camera
 * are on stays for this tab only, so that a new visit starts with both.
 */
export interface DeviceMemory {
  readonly microphoneId: string | null;
  readonly cameraId: string | null;
  readonly speakerId: string | null;
  readonly microphoneOn: boolean;
  readonly cameraOn: boolean;
}

const deviceId = z.string().max(512).nullable();
const chosen = z.strictObject({ microphoneId: deviceId, cameraId: deviceId, speakerId: deviceId });
const switched = z.strictObject({ microphoneOn: z.boolean(), cameraOn: z.boolean() });

const key = 'sotto.devices.v1';

function readFrom<T>(storage: Storage, schema: z.ZodType<T>): T | null {
  try {
    const parsed = schema.safeParse(JSON.parse(storage.getItem(key) ?? 'null'));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Never fails: without storage a visit starts with the defaults. */
export function recallDevices(): DeviceMemory {
  const devices = readFrom(localStorage, chosen) ?? { microphoneId: null, cameraId: null, speakerId: null };
  const switches = readFrom(sessionStorage, switched) ?? { microphoneOn: true, cameraOn: true };
  return { ...devices, ...switches };
}

export function rememberDevices(memory: DeviceMemory): void {
  const { microphoneId, cameraId, speakerId, microphoneOn, cameraOn } = memory;
  try {
    localStorage.setItem(key, JSON.stringify({ microphoneId, cameraId, speakerId }));
    sessionStorage.setItem(key, JSON.stringify({ microphoneOn, cameraOn }));
  } catch {
    // Storage is full or forbidden: the choice then holds until the page is left.
  }
}

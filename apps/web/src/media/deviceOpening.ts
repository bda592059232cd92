export type CaptureKind = 'microphone' | 'camera';

/** Why a device doesn't open, by what a person can do about it. */
export type DeviceTrouble =
  /** The person or the browser refused: the site's permission has to be changed. */
  | 'blocked'
  /** The browser itself isn't allowed to: the operating system's settings have to be changed. */
  | 'blockedBySystem'
  /** There is none. */
  | 'missing'
  /** Another program holds it, or it fails. */
  | 'inUse';

export type Opening = { tag: 'open'; track: MediaStreamTrack } | { tag: 'trouble'; trouble: DeviceTrouble };

/** A device by id: `exact` when a person chose it just now, else a wish that gives way to what is there. */
export interface DeviceWish {
  readonly deviceId: string | null;
  readonly exact: boolean;
}

const permissionNames = { microphone: 'microphone', camera: 'camera' } as const satisfies Record<
  CaptureKind,
  PermissionName
>;

/** The permission as the browser tells it; null where it can't be asked. */
export async function permissionOf(kind: CaptureKind): Promise<PermissionStatus | null> {
  try {
    return await navigator.permissions.query({ name: permissionNames[kind] });
  } catch {
    return null;
  }
}

/** Small devices encode three layers of a large picture badly; they send 360 lines. */
const cameraLines = () => (navigator.hardwareConcurrency > 4 ? 720 : 360);

function constraintsFor(kind: CaptureKind, { deviceId, exact }: DeviceWish): MediaTrackConstraints {
  const device = deviceId === null ? {} : { deviceId: exact ? { exact: deviceId } : { ideal: deviceId } };
  if (kind === 'microphone') {
    return { ...device, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  }
  const lines = cameraLines();
  return {
    ...device,
    ...(deviceId === null ? { facingMode: 'user' } : {}),
    width: { ideal: (lines * 16) / 9 },
    height: { ideal: lines },
    frameRate: { ideal: 30, max: 30 },
  };
}

function troubleOf(error: unknown): DeviceTrouble {
  if (!(error instanceof DOMException)) return 'inUse';
  switch (error.name) {
    case 'NotAllowedError':
    case 'SecurityError':
      // The only sign that Chromium gives; elsewhere the two can't be told apart.
      return /system/i.test(error.message) ? 'blockedBySystem' : 'blocked';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    default:
      return 'inUse';
  }
}

const trackOf = (stream: MediaStream, kind: CaptureKind): Opening => {
  const track = (kind === 'microphone' ? stream.getAudioTracks() : stream.getVideoTracks())[0];
  return track ? { tag: 'open', track } : { tag: 'trouble', trouble: 'missing' };
};

/** Opens one device; the browser may ask the person. */
export async function openDevice(kind: CaptureKind, wish: DeviceWish): Promise<Opening> {
  try {
    const constraints = constraintsFor(kind, wish);
    const stream = await navigator.mediaDevices.getUserMedia(
      kind === 'microphone' ? { audio: constraints } : { video: constraints },
    );
    return trackOf(stream, kind);
  } catch (error) {
    return { tag: 'trouble', trouble: troubleOf(error) };
  }
}

/** After a refusal of both: whether one alone is still worth asking for. */
async function openAlone(kind: CaptureKind, wish: DeviceWish, refused: DeviceTrouble): Promise<Opening> {
  if (refused !== 'blocked' && refused !== 'blockedBySystem') return openDevice(kind, wish);
  const own = (await permissionOf(kind))?.state;
  const other = (await permissionOf(kind === 'microphone' ? 'camera' : 'microphone'))?.state;
  const worthAsking = own === 'granted' || (own === 'prompt' && other === 'denied');
  return worthAsking ? openDevice(kind, wish) : { tag: 'trouble', trouble: refused };
}

/** Opens both with one question to the person; when that fails, each for itself. */
export async function openBoth(wishes: Record<CaptureKind, DeviceWish>): Promise<Record<CaptureKind, Opening>> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: constraintsFor('microphone', wishes.microphone),
      video: constraintsFor('camera', wishes.camera),
    });
    return { microphone: trackOf(stream, 'microphone'), camera: trackOf(stream, 'camera') };
  } catch (error) {
    const trouble = troubleOf(error);
    return {
      microphone: await openAlone('microphone', wishes.microphone, trouble),
      camera: await openAlone('camera', wishes.camera, trouble),
    };
  }
}

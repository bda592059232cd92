import type { LocalMedia, LocalMediaSnapshot, LocalSource } from '../call/contract.ts';
import { type DeviceMemory, recallDevices, rememberDevices } from './deviceMemory.ts';
import {
  type CaptureKind,
  type DeviceTrouble,
  type Opening,
  openBoth,
  openDevice,
  permissionOf,
} from './deviceOpening.ts';

export type DeviceStatus = 'idle' | 'asking' | 'live' | 'off' | DeviceTrouble;

export interface DeviceState extends LocalSource {
  /** `live` with `on: false` is a muted microphone; `off` holds no device, and its light is out. */
  readonly status: DeviceStatus;
  /** The device in use, else the one chosen. */
  readonly deviceId: string | null;
}

export interface DeviceChoice {
  readonly deviceId: string;
  /** The platform's name of it; may be empty. */
  readonly label: string;
}

export interface LocalDevicesSnapshot extends LocalMediaSnapshot {
  readonly microphone: DeviceState;
  readonly camera: DeviceState;
  /** Empty: the system's own choice. */
  readonly speakerId: string;
  readonly choices: Readonly<Record<CaptureKind | 'speaker', readonly DeviceChoice[]>>;
}

const initial = (memory: DeviceMemory): LocalDevicesSnapshot => ({
  microphone: { status: 'idle', track: null, on: false, deviceId: memory.microphoneId },
  camera: { status: 'idle', track: null, on: false, deviceId: memory.cameraId },
  speakerId: memory.speakerId ?? '',
  choices: { microphone: [], camera: [], speaker: [] },
});

/** Whether this browser can play to another speaker than the system's. */
export const canChooseSpeaker = () => 'setSinkId' in HTMLMediaElement.prototype;

/**
 * Camera, microphone and speaker of this person: the one place that opens and stops them, from the check to the end
 * of the visit. A camera that is off is released, so that its light goes out; a muted microphone is kept, so that
 * unmuting is immediate.
 */
export class LocalDevices implements LocalMedia {
  readonly #listeners = new Set<() => void>();
  /** Aborted and made anew with each watch. */
  #lifetime = new AbortController();
  #snapshot: LocalDevicesSnapshot;
  /** What the person wants on; survives trouble, so that a device that comes back is used again. */
  readonly #wanted: Record<CaptureKind, boolean>;
  /** Counts openings: a device that answers after a newer wish is closed again. */
  readonly #openings: Record<CaptureKind, number> = { microphone: 0, camera: 0 };

  constructor() {
    const memory = recallDevices();
    this.#snapshot = initial(memory);
    this.#wanted = { microphone: memory.microphoneOn, camera: memory.cameraOn };
  }

  /** Follows what is plugged in and out, until the returned function is called: that stops every device. */
  watch(): () => void {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    navigator.mediaDevices.addEventListener('devicechange', () => void this.#onDevicesChanged(), { signal });
    return () => {
      this.#lifetime.abort();
      this.stop();
    };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  readonly getSnapshot = (): LocalDevicesSnapshot => this.#snapshot;

  /** Opens what is wanted; asks the person once for both. Safe to call again after a refusal. */
  async start(): Promise<void> {
    const wanted = (['microphone', 'camera'] as const).filter(
      (kind) => this.#wanted[kind] && this.#snapshot[kind].track === null,
    );
    if (wanted.length === 2) await this.#openBoth();
    else for (const kind of wanted) await this.#open(kind, false);
    for (const kind of ['microphone', 'camera'] as const) {
      if (!this.#wanted[kind] && this.#snapshot[kind].status === 'idle') this.#set(kind, { status: 'off' });
    }
    await this.#readChoices();
    for (const kind of wanted) void this.#retryWhenAllowed(kind);
  }

  async setMicrophone(on: boolean): Promise<void> {
    this.#wanted.microphone = on;
    const { track } = this.#snapshot.microphone;
    if (track) {
      track.enabled = on;
      this.#set('microphone', { on });
    } else if (on) await this.#open('microphone', false);
    this.#remember();
  }

  async setCamera(on: boolean): Promise<void> {
    this.#wanted.camera = on;
    if (on) await this.#open('camera', false);
    else this.#release('camera', 'off');
    this.#remember();
  }

  /** Changes to another device. When that one doesn't open, the default one is used. */
  async choose(kind: CaptureKind | 'speaker', deviceId: string): Promise<void> {
    if (kind === 'speaker') {
      this.#publish({ ...this.#snapshot, speakerId: deviceId });
    } else {
      this.#set(kind, { deviceId });
      const inUse = this.#snapshot[kind].track !== null || this.#wanted[kind];
      if (inUse && !(await this.#open(kind, true))) await this.#open(kind, false);
    }
    this.#remember();
  }

  /** Stops every device. The object can be started again. */
  stop(): void {
    this.#release('microphone', 'idle');
    this.#release('camera', 'idle');
  }

  async #openBoth(): Promise<void> {
    const ticket = { microphone: this.#begin('microphone'), camera: this.#begin('camera') };
    const { microphone, camera } = this.#snapshot;
    const opened = await openBoth({
      microphone: { deviceId: microphone.deviceId, exact: false },
      camera: { deviceId: camera.deviceId, exact: false },
    });
    this.#take('microphone', opened.microphone, ticket.microphone);
    this.#take('camera', opened.camera, ticket.camera);
  }

  async #open(kind: CaptureKind, exact: boolean): Promise<boolean> {
    const { deviceId } = this.#snapshot[kind];
    // A phone can't open its second camera while the first one runs.
    this.#release(kind, 'asking');
    const ticket = this.#begin(kind);
    const taken = this.#take(kind, await openDevice(kind, { deviceId, exact }), ticket);
    await this.#readChoices();
    return taken;
  }

  #begin(kind: CaptureKind): number {
    this.#openings[kind] += 1;
    this.#set(kind, { status: 'asking' });
    return this.#openings[kind];
  }

  #take(kind: CaptureKind, opening: Opening, ticket: number): boolean {
    if (ticket !== this.#openings[kind]) {
      if (opening.tag === 'open') opening.track.stop();
      return true;
    }
    if (opening.tag === 'trouble') {
      this.#set(kind, { status: opening.trouble, track: null, on: false });
      return false;
    }
    const { track } = opening;
    track.enabled = this.#wanted[kind];
    track.addEventListener('ended', () => void this.#onEnded(kind, track));
    const deviceId = track.getSettings().deviceId ?? this.#snapshot[kind].deviceId;
    this.#set(kind, { status: 'live', track, on: this.#wanted[kind], deviceId });
    return true;
  }

  #release(kind: CaptureKind, status: 'off' | 'idle' | 'asking'): void {
    this.#openings[kind] += 1;
    this.#snapshot[kind].track?.stop();
    this.#set(kind, { status, track: null, on: false });
  }

  /** Unplugged, or taken away by the system: what else is there takes over. */
  async #onEnded(kind: CaptureKind, track: MediaStreamTrack): Promise<void> {
    if (this.#snapshot[kind].track !== track) return;
    this.#set(kind, { status: 'missing', track: null, on: false });
    await this.#open(kind, false);
  }

  async #onDevicesChanged(): Promise<void> {
    await this.#readChoices();
    for (const kind of ['microphone', 'camera'] as const) {
      if (this.#wanted[kind] && this.#snapshot[kind].status === 'missing') await this.#open(kind, false);
    }
  }

  /** Once the person has changed the permission, nothing more needs to be pressed. */
  async #retryWhenAllowed(kind: CaptureKind): Promise<void> {
    const permission = await permissionOf(kind);
    permission?.addEventListener(
      'change',
      () => {
        const blocked = this.#snapshot[kind].status === 'blocked';
        if (permission.state === 'granted' && blocked && this.#wanted[kind]) void this.#open(kind, false);
      },
      { signal: this.#lifetime.signal },
    );
  }

  async #readChoices(): Promise<void> {
    const found = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    const of = (kind: MediaDeviceKind): DeviceChoice[] =>
      found
        .filter((device) => device.kind === kind && device.deviceId !== '')
        .map(({ deviceId, label }) => ({ deviceId, label }));
    const choices = { microphone: of('audioinput'), camera: of('videoinput'), speaker: of('audiooutput') };
    this.#publish({ ...this.#snapshot, choices });
  }

  #remember(): void {
    const { microphone, camera, speakerId } = this.#snapshot;
    rememberDevices({
      microphoneId: microphone.deviceId,
      cameraId: camera.deviceId,
      speakerId: speakerId === '' ? null : speakerId,
      microphoneOn: this.#wanted.microphone,
      cameraOn: this.#wanted.camera,
    });
  }

  #set(kind: CaptureKind, change: Partial<DeviceState>): void {
    this.#publish({ ...this.#snapshot, [kind]: { ...this.#snapshot[kind], ...change } });
  }

  #publish(snapshot: LocalDevicesSnapshot): void {
    this.#snapshot = snapshot;
    for (const listener of this.#listeners) listener();
  }
}

/** What came to a page since it was loaded. */
export interface Reception {
  /** Frames that its worker opened. */
  readonly opened: number;
  /** Frames that it dropped, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Pictures that the browser has decoded. */
  readonly pictures: number;
  /** Energy of the sound that was decoded; silence has none. */
  readonly energy: number;
}

interface Counters {
  readonly receivers: readonly { readonly opened: number; readonly dropped: Record<string, number> }[];
}

interface Watch {
  readonly connections: RTCPeerConnection[];
  /** The worker's latest answer to the page, which asks every two seconds. */
  counters: Counters | null;
}

type WatchedGlobal = typeof globalThis & { watch?: Watch };

/** Runs in a page before its own scripts: has it keep what `receptionOf` reads. */
export function watchReception(): void {
  const watch: Watch = { connections: [], counters: null };
  Object.assign(globalThis, { watch });
  const { RTCPeerConnection: PlatformConnection, Worker: PlatformWorker } = globalThis;
  globalThis.RTCPeerConnection = class extends PlatformConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      watch.connections.push(this);
    }
  };
  globalThis.Worker = class extends PlatformWorker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      this.addEventListener('message', ({ data }: MessageEvent<{ value?: Partial<Counters> }>) => {
        if (data.value?.receivers !== undefined) watch.counters = { receivers: data.value.receivers };
      });
    }
  };
}

/** Runs in a page that is watched. */
export async function receptionOf(): Promise<Reception> {
  const { watch } = globalThis as WatchedGlobal;
  if (watch === undefined) throw new Error('This page is not watched.');
  let [pictures, energy, opened] = [0, 0, 0];
  for (const connection of watch.connections) {
    for (const entry of (await connection.getStats()).values() as Iterable<Record<string, unknown>>) {
      if (entry['type'] !== 'inbound-rtp') continue;
      pictures += Number(entry['framesDecoded'] ?? 0);
      energy += Number(entry['totalAudioEnergy'] ?? 0);
    }
  }
  const dropped: Record<string, number> = {};
  for (const receiver of watch.counters?.receivers ?? []) {
    opened += receiver.opened;
    for (const [reason, count] of Object.entries(receiver.dropped)) dropped[reason] = (dropped[reason] ?? 0) + count;
  }
  return { opened, dropped, pictures, energy };
}

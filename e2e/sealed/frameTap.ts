/** One encoded frame before it was sealed. */
export interface PlainFrame {
  /** RTP timestamp. */
  readonly timestamp: number;
  readonly kind: 'audio' | 'video';
  readonly bytes: Uint8Array;
}

/**
 * Runs in a page before its own scripts: every worker that the page starts reports a copy of each encoded frame that
 * a sender's transform is about to be given. This is what the SFU must not learn.
 */
export function tapWorkers(): void {
  const frames: PlainFrame[] = [];
  Object.assign(globalThis, { plainFrames: frames });
  new BroadcastChannel('plain').onmessage = ({ data }: MessageEvent<PlainFrame>) => frames.push(data);
  // Source of a worker, not of this page.
  const tap = `
    const channel = new BroadcastChannel('plain');
    addEventListener('rtctransform', ({ transformer }) => {
      const copies = new TransformStream({
        transform(frame, controller) {
          const { rtpTimestamp, receiveTime } = frame.getMetadata();
          if (receiveTime === undefined && frame.data.byteLength > 0) {
            const kind = 'type' in frame ? 'video' : 'audio';
            channel.postMessage({ timestamp: rtpTimestamp ?? frame.timestamp, kind, bytes: new Uint8Array(frame.data.slice(0)) });
          }
          controller.enqueue(frame);
        },
      });
      Object.defineProperty(transformer, 'readable', { value: transformer.readable.pipeThrough(copies) });
    });`;
  const { Worker: PlatformWorker } = globalThis;
  globalThis.Worker = class extends PlatformWorker {
    constructor(url: string | URL, options?: WorkerOptions) {
      // Loaded in the same task, so that no message comes before the worker listens.
      const source = `${tap}\nimportScripts(${JSON.stringify(new URL(url, location.href).href)});`;
      super(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), { ...options, type: 'classic' });
    }
  };
}

import type { FrameTimes, FrameTimesRequest } from './frameTimes.ts';
import { measureMembership } from './membership.ts';
import { measureRemoval } from './removal.ts';

/** Measured where it happens in a call: in a worker. */
async function measureFrames(request: FrameTimesRequest): Promise<FrameTimes> {
  const worker = new Worker(new URL('./frameTimes.ts', import.meta.url), { type: 'module' });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<FrameTimes>) => {
        resolve(data);
      };
      worker.onerror = () => {
        reject(new Error('The worker failed.'));
      };
      worker.postMessage(request);
    });
  } finally {
    worker.terminate();
  }
}

/** What the benchmark asks of its page. */
export const e2eeBench = { measureFrames, measureMembership, measureRemoval };
Object.assign(globalThis, { e2eeBench });

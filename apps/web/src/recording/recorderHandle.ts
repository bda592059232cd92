import type { LeafThumbprint } from '@sotto/protocol/ids';
import { type RecorderCommand, type RecorderEvent, recorderEvent } from './recorderMessages.ts';

export interface RecorderListener {
  readonly onWish: (leaf: LeafThumbprint, track: number) => void;
  /** A part may be stored. */
  readonly onPart: () => void;
  /** Nothing more is recorded; what was kept stays good. */
  readonly onFailed: (reason: 'full' | 'fault') => void;
}

/** The page's handle of the recorder's worker. */
export interface RecorderHandle {
  add(track: Omit<Extract<RecorderCommand, { type: 'add' }>, 'type'>): void;
  /** Takes what the call's tap gives, from now on. */
  listen(port: MessagePort): void;
  /** Resolves once all that was recorded is kept, or nothing more will be. */
  end(): Promise<void>;
}

/** How long a recorder may take to keep what it has. */
const endMs = 15_000;

export function startRecorder({ onWish, onPart, onFailed }: RecorderListener): RecorderHandle {
  const worker = new Worker(new URL('./recorderWorker.ts', import.meta.url), { type: 'module' });
  const over = Promise.withResolvers<undefined>();
  let isOver = false;
  const finish = (): void => {
    isOver = true;
    worker.terminate();
    over.resolve(undefined);
  };
  const fail = (reason: 'full' | 'fault'): void => {
    if (isOver) return;
    finish();
    onFailed(reason);
  };
  worker.onerror = () => {
    fail('fault');
  };
  worker.onmessage = ({ data }: MessageEvent<unknown>) => {
    const event = recorderEvent.safeParse(data);
    if (event.success) take(event.data);
    else fail('fault');
  };
  function take(event: RecorderEvent): void {
    switch (event.type) {
      case 'wish':
        onWish(event.leaf, event.track);
        return;
      case 'part':
        onPart();
        return;
      case 'failed':
        fail(event.reason);
        return;
      case 'ended':
        finish();
        return;
    }
  }
  const post = (command: RecorderCommand, transfer: Transferable[] = []): void => {
    worker.postMessage(command, transfer);
  };
  return {
    add(track) {
      post({ type: 'add', ...track });
    },
    listen(port) {
      post({ type: 'tap', port }, [port]);
    },
    async end() {
      if (!isOver) post({ type: 'end' });
      const timer = setTimeout(finish, endMs);
      await over.promise;
      clearTimeout(timer);
    },
  };
}

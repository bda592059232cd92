import type { LeafThumbprint, ParticipantId } from '@sotto/protocol/ids';
import { type RecorderCommand, type RecorderEvent, recorderEvent } from './recorderMessages.ts';

export interface RecorderListener {
  readonly onWish: (leaf: LeafThumbprint, track: number) => void;
  /** The tap gives frames of theirs. */
  readonly onHeard: (participant: ParticipantId) => void;
  /** What the browser's own recorder made of them can't be read; `began` tells the file. */
  readonly onSpoilt: (participant: ParticipantId, began: number) => void;
  /** The device slept, ms: time 0 of whoever goes on later is later by that. */
  readonly onSlept: (ms: number) => void;
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
  /** Takes what the browser's own recorder made, in place of frames that the tap doesn't give. */
  encodedAnew(piece: Omit<Extract<RecorderCommand, { type: 'encodedAnew' }>, 'type'>): void;
  /** Resolves once all that was recorded is kept, or nothing more will be. */
  end(): Promise<void>;
}

/** How long a recorder may take to keep what it has. */
const endMs = 15_000;

export function startRecorder({
  onWish,
  onHeard,
  onSpoilt,
  onSlept,
  onPart,
  onFailed,
}: RecorderListener): RecorderHandle {
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
      case 'heard':
        onHeard(event.participant);
        return;
      case 'spoilt':
        onSpoilt(event.participant, event.began);
        return;
      case 'slept':
        onSlept(event.ms);
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
    encodedAnew(piece) {
      if (!isOver) post({ type: 'encodedAnew', ...piece }, [piece.octets.buffer]);
    },
    async end() {
      if (!isOver) post({ type: 'end' });
      const timer = setTimeout(finish, endMs);
      await over.promise;
      clearTimeout(timer);
    },
  };
}

import { tapMessage } from '@sotto/e2ee/tapMessages';
import type { ParticipantId } from '@sotto/protocol/ids';
import { Recorder, type Spool } from '@sotto/recording';
import { OpfsSpool } from '@sotto/recording/opfsSpool';
import type { RecorderCommand, RecorderEvent } from './recorderMessages.ts';
import { openRecordingBook } from './recordingBook.ts';
import { spoolFolder } from './spoolFolder.ts';

const tickMs = 100;
/** The camera's largest picture. */
const picture = { width: 1280, height: 720 } as const;

type Add = Extract<RecorderCommand, { type: 'add' }>;

/** A recorder a participant, fed by the call's tap, in the recorder's worker. */
export class RecorderDesk {
  readonly #tell: (event: RecorderEvent) => void;
  readonly #now: () => number;
  readonly #recorders = new Map<ParticipantId, Recorder>();
  readonly #spools: OpfsSpool[] = [];
  #turn: Promise<void> = Promise.resolve();
  #port: MessagePort | null = null;
  /** Frames that weren't acknowledged yet. */
  #taken = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isCatchingUp = false;
  #isOver = false;

  /** @param now on the clock of `TappedFrame.at` */
  constructor(tell: (event: RecorderEvent) => void, now: () => number) {
    this.#tell = tell;
    this.#now = now;
  }

  take(command: RecorderCommand): void {
    // One after the other: a tap's frames are for those who were added before it.
    this.#turn = this.#turn.then(() => this.#carryOut(command)).catch((error: unknown) => this.#fail(error));
  }

  async #carryOut(command: RecorderCommand): Promise<void> {
    switch (command.type) {
      case 'add':
        await this.#add(command);
        return;
      case 'tap':
        this.#listen(command.port);
        return;
      case 'end':
        await this.#end();
        return;
    }
  }

  async #add({ recording, participant, context, publicKey, zero, earlier }: Add): Promise<void> {
    if (this.#isOver || this.#recorders.has(participant)) return;
    const book = await openRecordingBook();
    const opfs = new OpfsSpool(await spoolFolder(recording, context.object), (run) => book.note(run));
    this.#spools.push(opfs);
    const spool: Spool = {
      began: (run) => opfs.began(run),
      append: (place, offset, chunks) => opfs.append(place, offset, chunks),
      ended: async (place, isLast) => {
        await opfs.ended(place, isLast);
        this.#tell({ type: 'part' });
      },
    };
    const recorder = await Recorder.start({
      target: { context, publicKey },
      ...{ earlier, spool, picture, zero },
      onKeyFrameWished: ({ leaf, track }) => {
        this.#tell({ type: 'wish', leaf, track });
      },
      onFailed: (reason) => {
        this.#fail(reason);
      },
    });
    this.#recorders.set(participant, recorder);
    this.#timer ??= setInterval(() => {
      this.#tick();
    }, tickMs);
  }

  #listen(port: MessagePort): void {
    this.#port?.close();
    this.#taken = 0;
    if (this.#isOver) return;
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<unknown>) => {
      const message = tapMessage.safeParse(data);
      if (port !== this.#port || !message.success || message.data.type === 'ended') return;
      this.#taken += 1;
      this.#recorders.get(message.data.participantId)?.take(message.data);
    };
  }

  #tick(): void {
    const now = this.#now();
    for (const recorder of this.#recorders.values()) recorder.tick(now);
    void this.#acknowledge();
  }

  /** The tap gets its credit once all that came is kept. */
  async #acknowledge(): Promise<void> {
    const [port, frames] = [this.#port, this.#taken];
    if (this.#isCatchingUp || port === null || frames === 0) return;
    this.#isCatchingUp = true;
    await Promise.all([...this.#recorders.values()].map((recorder) => recorder.caughtUp()));
    this.#isCatchingUp = false;
    // Another tap counts anew.
    if (port !== this.#port) return;
    this.#taken -= frames;
    port.postMessage({ type: 'taken', frames });
  }

  async #end(): Promise<void> {
    if (!this.#isOver) {
      this.#stop();
      for (const recorder of this.#recorders.values()) await recorder.finish();
      this.#release();
    }
    this.#tell({ type: 'ended' });
  }

  #stop(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#port?.close();
    this.#port = null;
  }

  /** What was kept stays good; its last runs are cut. */
  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#stop();
    this.#release();
    const isFull = error instanceof DOMException && error.name === 'QuotaExceededError';
    this.#tell({ type: 'failed', reason: isFull ? 'full' : 'fault' });
  }

  #release(): void {
    for (const spool of this.#spools) spool.close();
  }
}

import { type TappedFrame, tapMessage } from '@sotto/e2ee/tapMessages';
import type { ParticipantId } from '@sotto/protocol/ids';
import { AwakeClock, isForWantOfRoom, Recorder, type Spool } from '@sotto/recording';
import { OpfsSpool } from '@sotto/recording/opfsSpool';
import { releaseRoom, reserveRoom } from '@sotto/recording/reservedRoom';
import { type MediaFrame, WebmReader } from '@sotto/webm';
import type { RecorderCommand, RecorderEvent } from './recorderMessages.ts';
import { openRecordingBook } from './recordingBook.ts';
import { recordingFolder, spoolFolder } from './spoolFolder.ts';

const tickMs = 100;
/** The camera's largest picture. */
const picture = { width: 1280, height: 720 } as const;

type Add = Extract<RecorderCommand, { type: 'add' }>;
type EncodedAnew = Extract<RecorderCommand, { type: 'encodedAnew' }>;
/** As the call numbers a person's microphone and camera. */
const trackNumbers = { audio: 0, video: 1 } as const;

/** A recorder a participant, fed by the call's tap, in the recorder's worker. */
export class RecorderDesk {
  readonly #tell: (event: RecorderEvent) => void;
  readonly #now: () => number;
  readonly #recorders = new Map<ParticipantId, Recorder>();
  /** Of whom the tap gave a frame. */
  readonly #heard = new Set<ParticipantId>();
  /** Of whom it gave none, and the browser's own recorder did. */
  readonly #anew = new Set<ParticipantId>();
  /** The file that each is given in; without a reader, it was spoilt. */
  readonly #files = new Map<ParticipantId, { readonly began: number; readonly reader: WebmReader | null }>();
  readonly #spools: OpfsSpool[] = [];
  readonly #awake = new AwakeClock();
  /** For how long the device slept in all, ms: whoever is added later begins behind it, too. */
  #slept = 0;
  /** When it did last, ms. */
  #awokeAt = 0;
  #folder: FileSystemDirectoryHandle | null = null;
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
      case 'encodedAnew':
        this.#takeAnew(command);
        return;
      case 'end':
        await this.#end();
        return;
    }
  }

  async #add({ recording, participant, context, publicKey, zero, earlier }: Add): Promise<void> {
    if (this.#isOver || this.#recorders.has(participant)) return;
    if (this.#folder === null) {
      this.#folder = await recordingFolder(recording, true);
      await reserveRoom(this.#folder);
    }
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
    const slept = this.#slept;
    const recorder = await Recorder.start({
      target: { context, publicKey },
      ...{ earlier, spool, picture },
      zero: zero + slept,
      onKeyFrameWished: ({ leaf, track }) => {
        this.#tell({ type: 'wish', leaf, track });
      },
      onFailed: (reason) => {
        this.#fail(reason);
      },
    });
    // What was noted meanwhile reached only those who were there.
    if (this.#slept > slept) recorder.awoke(this.#slept - slept, this.#awokeAt);
    this.#recorders.set(participant, recorder);
    this.#timer ??= setInterval(() => {
      this.#tick();
    }, tickMs);
  }

  #listen(port: MessagePort): void {
    this.#port?.close();
    this.#taken = 0;
    if (this.#isOver) return;
    // Between two taps nothing came.
    if (this.#port !== null) for (const recorder of this.#recorders.values()) recorder.interrupted();
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<unknown>) => {
      const message = tapMessage.safeParse(data);
      if (port !== this.#port || !message.success || message.data.type === 'ended') return;
      const { frames } = message.data;
      this.#taken += frames.length;
      for (const frame of frames) {
        this.#stayAwake(frame.at);
        this.#take(frame);
      }
    };
  }

  #take(frame: TappedFrame): void {
    const { participantId: participant } = frame;
    const recorder = this.#recorders.get(participant);
    // One source an object: their pictures and sounds are the same, twice.
    if (recorder === undefined || this.#anew.has(participant)) return;
    if (!this.#heard.has(participant)) {
      this.#heard.add(participant);
      this.#tell({ type: 'heard', participant });
    }
    recorder.take(frame);
  }

  #takeAnew({ participant, leaf, began, octets }: EncodedAnew): void {
    const recorder = this.#recorders.get(participant);
    // What comes of somebody who is heard was under way as that was said.
    if (this.#isOver || recorder === undefined || this.#heard.has(participant)) return;
    const at = this.#now();
    // It may be the first that is heard of behind a sleep, before any tick.
    this.#stayAwake(at);
    const frames = this.#framesOf(participant, began, octets);
    if (frames.length === 0 || !recorder.encodeAnew()) return;
    this.#anew.add(participant);
    for (const { kind, time, isKey, data } of frames) {
      const mediaTime = Math.round((began + time) * 10);
      const said = { type: 'frame', participantId: participant, leaf, layer: 0, lost: 0 } as const;
      recorder.take({
        ...said,
        track: trackNumbers[kind],
        kind,
        isKey,
        mediaTime,
        at,
        data: new Uint8Array(data).buffer,
      });
    }
  }

  /** A file that can't be read is its participant's alone; the page makes another one. */
  #framesOf(participant: ParticipantId, began: number, octets: Uint8Array): MediaFrame[] {
    const known = this.#files.get(participant);
    const file = known?.began === began ? known : { began, reader: new WebmReader() };
    this.#files.set(participant, file);
    try {
      return file.reader?.push(octets) ?? [];
    } catch {
      this.#files.set(participant, { began, reader: null });
      this.#tell({ type: 'spoilt', participant, began });
      return [];
    }
  }

  #tick(): void {
    const now = this.#now();
    this.#stayAwake(now);
    for (const recorder of this.#recorders.values()) recorder.tick(now);
    void this.#acknowledge();
  }

  #stayAwake(at: number): void {
    const slept = this.#awake.note(at);
    if (slept === 0) return;
    this.#slept += slept;
    this.#awokeAt = at;
    for (const recorder of this.#recorders.values()) recorder.awoke(slept, at);
    this.#tell({ type: 'slept', ms: slept });
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
      const endings = await Promise.allSettled([...this.#recorders.values()].map((recorder) => recorder.finish()));
      this.#release();
      const faults = endings.flatMap((ending): unknown[] => (ending.status === 'rejected' ? [ending.reason] : []));
      if (faults.length > 0) {
        this.#tellFailed(faults);
        return;
      }
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
    this.#tellFailed([error]);
  }

  #tellFailed(faults: readonly unknown[]): void {
    const isFull = faults.some(isForWantOfRoom);
    const told = (): void => {
      this.#tell({ type: 'failed', reason: isFull ? 'full' : 'fault' });
    };
    if (this.#folder === null) told();
    else releaseRoom(this.#folder).then(told, told);
  }

  #release(): void {
    for (const spool of this.#spools) spool.close();
  }
}

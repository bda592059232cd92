import { answerPartReads, type FromServing, playPath } from '@sotto/playback';
import { PlaybackFault } from '@sotto/playback/errors';
import { randomId } from '../keystore/bytes.ts';
import { EvidenceFault } from '../keystore/errors.ts';
import type { OpenWatch } from '../release/openWatch.ts';
import {
  type FromPlayer,
  fromPlayer,
  type OpenedTrack,
  type PlayOrder,
  type RecordingChecks,
  type ToPlayer,
} from './messages.ts';
import { fetchPart } from './partFetch.ts';
import { answerPlayRequests } from './playService.ts';

/** A recording that is open: its tracks, what was checked, and the thread that has its keys. */
export interface OpenRecording {
  readonly tracks: readonly OpenedTrack[];
  readonly checks: RecordingChecks;
  readonly thread: PlayerThread;
}

/** The worker of one playback, as the page sees it. */
export class PlayerThread {
  readonly #worker = new Worker(new URL('./playerWorker.ts', import.meta.url), { type: 'module' });
  readonly #id = randomId();
  readonly #stopAnswering: () => void;
  #hear: (message: FromPlayer) => void = () => undefined;
  #ended = false;
  /** Says for how long it was open, until this thread ends; null for what isn't open for a time. */
  watch: OpenWatch | null = null;
  /** Told once when nothing more can be played: with what went wrong, or null when it was closed. */
  onEnded: (fault: PlaybackFault | null) => void = () => undefined;

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<unknown>) => {
      const parsed = fromPlayer.safeParse(data);
      this.#hear(parsed.success ? parsed.data : { type: 'failed', code: 'spoilt' });
    };
    this.#worker.onerror = () => this.#hear({ type: 'failed', code: 'spoilt' });
    this.#stopAnswering = answerPlayRequests(this.#id, ({ track, range }, port) => {
      this.#say({ type: 'serve', track, range }, [port]);
    });
  }

  /** Makes the viewer's key there. @returns its public half, base64url */
  async begin(): Promise<string> {
    const answer = await this.#ask({ type: 'begin' }, []);
    if (answer.type !== 'viewerKey') throw new EvidenceFault('request');
    return answer.viewerKey;
  }

  /**
   * @param onProgress how much of a recording that was interrupted was looked through
   * @throws EvidenceFault, PlaybackFault
   */
  async open(order: Omit<PlayOrder, 'type'>, onProgress: (share: number) => void): Promise<OpenRecording> {
    const { port1, port2 } = new MessageChannel();
    answerPartReads(port1, fetchPart);
    const answer = await this.#ask({ type: 'open', ...order }, [port2], onProgress);
    if (answer.type === 'refused') throw new EvidenceFault(answer.code);
    if (answer.type === 'failed') throw new PlaybackFault(answer.code);
    if (answer.type !== 'opened') throw new EvidenceFault('request');
    const { tracks, checks } = answer;
    if (tracks.length === 0) throw new PlaybackFault('empty');
    this.#hear = (message) => {
      if (message.type === 'failed') this.#end(new PlaybackFault(message.code));
    };
    return { tracks, checks, thread: this };
  }

  /** Where a `<video>` finds a track, as long as this thread lives. */
  addressOf(track: number): string {
    return playPath(this.#id, track);
  }

  /** A whole track, decrypted, as it is read, of what was released for a copy. It errors when something doesn't open. */
  read(track: number): ReadableStream<Uint8Array<ArrayBuffer>> {
    const { port1, port2 } = new MessageChannel();
    this.#say({ type: 'read', track }, [port2]);
    const next = () =>
      new Promise<FromServing>((resolve) => {
        port1.onmessage = ({ data }: MessageEvent<FromServing>) => resolve(data);
      });
    const opening = next();
    return new ReadableStream(
      {
        start: async () => {
          if ((await opening).type !== 'opened') throw new PlaybackFault('spoilt');
        },
        pull: async (controller) => {
          port1.postMessage({ type: 'pull' });
          const told = await next();
          if (told.type === 'piece') controller.enqueue(told.octets as Uint8Array<ArrayBuffer>);
          else if (told.type === 'done') controller.close();
          else controller.error(new PlaybackFault('spoilt'));
        },
        cancel: () => {
          port1.postMessage({ type: 'cancel' });
          port1.close();
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** Ends the thread, and with it every key in it. */
  close(): void {
    this.#end(null);
  }

  #end(fault: PlaybackFault | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.watch?.end();
    this.#stopAnswering();
    this.#worker.terminate();
    this.onEnded(fault);
  }

  #say(message: ToPlayer, transfer: MessagePort[]): void {
    this.#worker.postMessage(message, transfer);
  }

  #ask(message: ToPlayer, transfer: MessagePort[], onProgress?: (share: number) => void): Promise<FromPlayer> {
    return new Promise((resolve) => {
      this.#hear = (answer) => {
        if (answer.type === 'progress') onProgress?.(answer.share);
        else resolve(answer);
      };
      this.#say(message, transfer);
    });
  }
}

import type { TappedFrame } from '@sotto/e2ee/tapMessages';
import { leafThumbprint, participantId } from '@sotto/protocol/ids';
import { type PartPlace, Recorder, type RecorderOptions, type RecordingMaterial, type Spool } from '@sotto/recording';
import { type MadeFrame, size } from './frames.ts';

const leaf = leafThumbprint.parse(`${'l'.repeat(42)}A`);
const participant = participantId.parse('p'.repeat(21).concat('A'));

/** A spool in memory, whose parts have the names that storage gives them. */
export class PartNames implements Spool {
  readonly #chunks = new Map<string, Uint8Array<ArrayBuffer>[]>();

  async began(): Promise<void> {
    // Nothing here goes on after a crash.
  }

  async append({ of, part }: PartPlace, _offset: number, chunks: readonly Uint8Array<ArrayBuffer>[]): Promise<void> {
    const name = of === 'head' ? 'head' : `${String(of.run).padStart(4, '0')}-${String(part).padStart(6, '0')}`;
    this.#chunks.set(name, [...(this.#chunks.get(name) ?? []), ...chunks]);
  }

  async ended(): Promise<void> {
    // All of it is there when the recorder has finished.
  }

  async parts(): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
    const joined = [...this.#chunks].map(
      async ([name, chunks]) => [name, new Uint8Array(await new Blob(chunks).arrayBuffer())] as const,
    );
    return new Map(await Promise.all(joined));
  }
}

export interface SealedFrames extends RecordingMaterial {
  /** By the names that storage gives them. */
  readonly parts: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** Records and seals some frames, as a recorder's browser does. */
export async function sealFrames(
  frames: readonly MadeFrame[],
  target: RecorderOptions['target'],
): Promise<SealedFrames> {
  const spool = new PartNames();
  return { ...(await recordFrames(frames, target, spool)), parts: await spool.parts() };
}

/** The same, into a spool of the caller's. */
export async function recordFrames(
  frames: readonly MadeFrame[],
  target: RecorderOptions['target'],
  spool: Spool,
): Promise<RecordingMaterial> {
  const recorder = await Recorder.start({
    target,
    earlier: null,
    spool,
    picture: size,
    zero: 0,
    onKeyFrameWished: () => undefined,
    onFailed: (reason) => {
      throw reason;
    },
  });
  let tickAt = 0;
  for (const { kind, time, isKey, data } of frames) {
    for (; time >= tickAt; tickAt += 100) {
      recorder.tick(tickAt);
      await recorder.caughtUp();
    }
    const who = { type: 'frame', participantId: participant, leaf, layer: 0, lost: 0 } as const;
    const [track, mediaTime] = [kind === 'audio' ? 1 : 2, Math.round(time * 10)];
    const tapped: TappedFrame = { ...who, kind, track, isKey, mediaTime, at: time, data: data.slice(0) };
    recorder.take(tapped);
  }
  return await recorder.finish();
}

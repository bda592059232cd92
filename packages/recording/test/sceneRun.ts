import type { Recorder } from '../src/index.ts';
import type { SlowDisk } from './clinic.ts';
import { framesOf, type Scene } from './visit.ts';

/** What a recorder was given; `time` is when each was caught. */
export type Frames = readonly { kind: 'audio' | 'video'; time: number; data: ArrayBuffer }[];

/** Gives a recorder its frames, with a tick each 100 ms, as its worker does. @param until asked behind each tick: whether that's all */
export async function run(
  recorder: Recorder,
  scene: Scene,
  until?: () => boolean,
  disk: SlowDisk | null = null,
): Promise<Frames> {
  const given: { kind: 'audio' | 'video'; time: number; data: ArrayBuffer }[] = [];
  let tickAt = scene.from;
  for (const frame of framesOf(scene)) {
    while (frame.at >= tickAt) {
      recorder.tick(tickAt);
      await (disk?.pass(tickAt, () => recorder.caughtUp()) ?? recorder.caughtUp());
      tickAt += 100;
      if (until?.() === true) return given;
    }
    const { time, ...tapped } = frame;
    given.push({ kind: tapped.kind, time, data: tapped.data });
    recorder.take(tapped);
  }
  return given;
}

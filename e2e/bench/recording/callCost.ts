import { setTimeout as delay } from 'node:timers/promises';
import { processorSeconds } from '../../system/processes.ts';
import { startOtherRecorder, stopOtherRecorder } from './otherRecorder.ts';
import { RecordedVisit } from './recordedVisit.ts';

/** `plain` and `again` are the same call without a recording: how far they are apart is how good the measurement is. */
const arms = ['plain', 'again', 'recorder', 'mediaRecorder'] as const;
export type Arm = (typeof arms)[number];

/** What one stretch of the call took. */
export interface Stretch {
  /** Processor seconds a second, of all processes of the physician's browser. */
  readonly cores: number;
  /** Pictures a second of the other, the mean of both sides. */
  readonly framesPerSecond: number;
}

/** On a busy machine fewer frames come, and cost less: what one costs says more then. Processor seconds. */
export const costOfFrame = ({ cores, framesPerSecond }: Stretch): number => cores / framesPerSecond;

export type Round = Readonly<Record<Arm, Stretch>>;

const warmUpMs = 15_000;
/** Key frames are asked for, the bandwidth is found anew. */
const settleMs = 4_000;
const stretchMs = 16_000;

/** One call of two in which nothing, our recorder and `MediaRecorder` take turns, in each round in another order. */
export async function measureCall(rounds: number, say: (words: string) => void): Promise<Round[]> {
  await using visit = await RecordedVisit.start();
  const { physicianPage: page } = visit;
  await delay(warmUpMs);
  const found: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const stretches = new Map<Arm, Stretch>();
    for (const arm of shuffled(arms)) {
      if (arm === 'recorder') await visit.record();
      if (arm === 'mediaRecorder') await startOtherRecorder(page);
      await delay(settleMs);
      const stretch = await measureStretch(visit);
      stretches.set(arm, stretch);
      say(`${arm}: ${stretch.cores.toFixed(3)} cores, ${stretch.framesPerSecond.toFixed(1)} frames/s`);
      if (arm === 'recorder') await visit.stop();
      if (arm === 'mediaRecorder' && (await stopOtherRecorder(page)) === 0)
        throw new Error('MediaRecorder made nothing.');
    }
    found.push(Object.fromEntries(stretches) as Round);
  }
  return found;
}

async function measureStretch(visit: RecordedVisit): Promise<Stretch> {
  const shown = await visit.shown();
  const before = { at: performance.now(), used: processorSeconds(visit.physicianPid) };
  await delay(stretchMs);
  const used = processorSeconds(visit.physicianPid) - before.used;
  const seconds = (performance.now() - before.at) / 1000;
  const more = (await visit.shown()).map((count, side) => count - (shown[side] ?? 0));
  return { cores: used / seconds, framesPerSecond: more.reduce((sum, count) => sum + count, 0) / 2 / seconds };
}

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value);
}

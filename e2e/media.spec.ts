import type { Locator } from '@playwright/test';
import { AudioReader } from './clip/audioReader.ts';
import { clips } from './clip/fakeDevices.ts';
import { FrameReader, type ShownFrame } from './clip/frameReader.ts';
import { latencies, percentile } from './clip/latency.ts';
import { videoFormat } from './clip/videoClip.ts';
import { expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { meet } from './meeting.ts';

const seconds = 20;
/** Whatever else the machine did during one window isn't the call's: one whole window has to hold. */
const windows = 3;
const wantedPerSecond = 25;
const settleMs = 5000;
/** Reading takes time from what is measured: all pictures are counted, these are read. */
const remoteViewEvery = 3;
/** One's own view is read for the latency alone. */
const ownViewEvery = 4;

/** Frames with a code of this clip, without those shown twice. */
function distinct(shown: readonly ShownFrame[], clip: number): { at: number; frame: number }[] {
  const codes = shown.flatMap(({ at, code }) => (code?.clip === clip ? [{ at, frame: code.frame }] : []));
  return codes.filter(({ frame }, index) => frame !== codes[index - 1]?.frame);
}

/** What one side saw in a window. */
interface Seen {
  readonly remote: readonly ShownFrame[];
  readonly perSecond: number;
  readonly own: readonly ShownFrame[];
}

async function readFor(video: Locator, other: Locator): Promise<Seen> {
  await using remote = await FrameReader.start(video, remoteViewEvery);
  await using own = await FrameReader.start(other, ownViewEvery);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const perSecond = (await remote.presented()) / seconds;
  return { remote: await remote.take(), perSecond, own: await own.take() };
}

interface Watched {
  readonly who: string;
  readonly perSecond: number;
  /** The share of the pictures whose code could be read. */
  readonly readable: number;
  /** In frames of the clip, between two pictures that were read. */
  readonly longestStep: number;
  /** From one's own view to the other's, in milliseconds. */
  readonly late: readonly number[];
}

function watched(who: string, { remote: sees, perSecond }: Seen, { own }: Seen, clip: number): Watched {
  const frames = distinct(sees, clip);
  const steps = frames.slice(1).map(({ frame }, index) => {
    const before = frames[index]?.frame ?? 0;
    return (frame - before + videoFormat.frames) % videoFormat.frames;
  });
  const result = {
    who,
    perSecond,
    readable: sees.filter(({ code }) => code !== undefined).length / sees.length,
    longestStep: Math.max(...steps),
    late: latencies(frames, distinct(own, clip)),
  };
  const { readable, late } = result;
  console.log(
    `${who}: ${perSecond.toFixed(1)} frames/s, ${(readable * 100).toFixed(1)} % readable, ` +
      `self-view to remote view p50 ${percentile(late, 0.5).toFixed(0)} ms, p95 ${percentile(late, 0.95).toFixed(0)} ms (${late.length} frames)`,
  );
  return result;
}

test('both see and hear each other, at 25 frames a second or more for 20 seconds', async ({
  physicianPage,
  patientPage,
  system,
}) => {
  test.setTimeout(200_000);
  // Without a graphics card, painting a large window takes the processor from what is measured.
  await physicianPage.setViewportSize({ width: 800, height: 600 });
  const { physician, patient, physicianName, patientName } = await meet(
    { physicianPage, patientPage, system },
    marked('Rosa Lindqvist'),
  );
  // The congestion control starts low and finds out within seconds what the connection carries.
  await physicianPage.waitForTimeout(settleMs);
  await using physicianHears = await AudioReader.start(physician.remoteSound);
  await using patientHears = await AudioReader.start(patient.remoteSound);
  const measure = async (): Promise<readonly Watched[]> => {
    const [ofPhysician, ofPatient] = await Promise.all([
      readFor(physician.remoteVideo(patientName), physician.selfView),
      readFor(patient.remoteVideo(physicianName), patient.selfView),
    ]);
    return [
      watched('patient to physician', ofPhysician, ofPatient, clips.patient),
      watched('physician to patient', ofPatient, ofPhysician, clips.physician),
    ];
  };
  let ways = await measure();
  for (let more = 1; more < windows && ways.some((way) => way.perSecond < wantedPerSecond); more += 1) {
    ways = await measure();
  }
  for (const { who, perSecond, readable, longestStep, late } of ways) {
    expect.soft(perSecond, who).toBeGreaterThanOrEqual(wantedPerSecond);
    expect.soft(readable, who).toBeGreaterThan(0.95);
    expect.soft(longestStep, `${who}: the clip advances`).toBeLessThan(videoFormat.framesPerSecond);
    expect.soft(late.length, who).toBeGreaterThan(seconds);
    expect.soft(percentile(late, 0.95), who).toBeLessThan(1000);
  }
  for (const heard of [await physicianHears.take(), await patientHears.take()]) {
    expect.soft(heard.loud).toBeGreaterThan(0.01);
    expect.soft(heard.quiet).toBeLessThan(heard.loud / 4);
  }
});

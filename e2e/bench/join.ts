import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { FrameReader } from '../clip/frameReader.ts';
import { percentile } from '../clip/latency.ts';
import { marked } from '../marker.ts';
import { type Meeting, meet, seeEachOther, signIn, wait } from '../meeting.ts';
import { findProcess, processorSeconds } from '../system/processes.ts';
import { printFigure } from './figure.ts';
import { firstFrame, readTimes } from './stopwatch.ts';
import { TwoPeople } from './twoPeople.ts';
import { unsealedTree } from './unsealedTree.ts';

/** How long joining takes, and what encryption costs a running call. */
const bench = 'join';
const repetitions = 10;
const callSeconds = 20;

const say = (words: string): void => console.error(words);

/** From "Admit" to the physician's first picture of the patient, and to the patient's of the physician. */
async function fromWaitingRoom(people: TwoPeople): Promise<{ physician: number[]; patient: number[] }> {
  const figures = { physician: [] as number[], patient: [] as number[] };
  for (let index = 0; index < repetitions; index++) {
    const name = marked(`Waiting ${index}`);
    const [physicianSide, patientSide] = [await people.freshPage('physician'), await people.freshPage('patient')];
    const today = await signIn(physicianSide.page, people.system);
    const link = await today.createVisit(name);
    const physician = await (await today.startVisit(name)).enter();
    await wait(patientSide.page, link);
    await physician.admitButton(name).click();
    const seen = { physician: await firstFrame(physicianSide.page), patient: await firstFrame(patientSide.page) };
    const { pressed } = await readTimes(physicianSide.page);
    figures.physician.push(seen.physician - pressed);
    figures.patient.push(seen.patient - pressed);
    say(`waiting room ${index + 1}/${repetitions}: ${(seen.patient - pressed).toFixed(0)} ms`);
    await physician.endForEveryone();
    await patientSide.context.close();
    await physicianSide.context.close();
  }
  return figures;
}

/** From "Enter the visit", in a browser context that has loaded nothing before, to the first picture of the patient. */
async function cold(people: TwoPeople): Promise<number[]> {
  const figures: number[] = [];
  const name = marked('Cold start');
  const [first, patientSide] = [await people.freshPage('physician'), await people.freshPage('patient')];
  const meeting = await meet({ physicianPage: first.page, patientPage: patientSide.page, system: people.system }, name);
  await meeting.physician.leaveOthersIn();
  await first.context.close();
  for (let index = 0; index < repetitions; index++) {
    const { page, context } = await people.freshPage('physician');
    const today = await signIn(page, people.system);
    const physician = await (await today.startVisit(name)).enter();
    const seen = await firstFrame(page);
    const { pressed } = await readTimes(page);
    figures.push(seen - pressed);
    say(`cold ${index + 1}/${repetitions}: ${(seen - pressed).toFixed(0)} ms`);
    await physician.leaveOthersIn();
    await physician.heading('You left the visit').waitFor();
    await context.close();
  }
  await patientSide.context.close();
  return figures;
}

interface CallCost {
  /** Readable frames a second, the mean of both directions. */
  readonly framesPerSecond: number;
  /** Processor seconds a second of both browsers together, and of the SFU. */
  readonly browsers: number;
  readonly sfu: number;
}

async function callCost(people: TwoPeople): Promise<CallCost> {
  const [physicianSide, patientSide] = [await people.freshPage('physician'), await people.freshPage('patient')];
  const meeting = await meet(
    { physicianPage: physicianSide.page, patientPage: patientSide.page, system: people.system },
    marked('Cost of a call'),
  );
  await seeEachOther(meeting);
  // Bandwidth estimation and simulcast layers settle first.
  await physicianSide.page.waitForTimeout(10_000);
  const cost = await measure(people, meeting);
  await patientSide.context.close();
  await physicianSide.context.close();
  return cost;
}

async function measure({ system }: TwoPeople, { physician, patient, ...names }: Meeting): Promise<CallCost> {
  const sfu = findProcess(system.pid, 'apps/sfu/src/main.ts').pid;
  // A browser is a child of this process; nothing else is by now but the system itself.
  const browsers = (): number => processorSeconds(process.pid) - processorSeconds(system.pid);
  await using there = await FrameReader.start(physician.remoteVideo(names.patientName));
  await using back = await FrameReader.start(patient.remoteVideo(names.physicianName));
  const before = { at: performance.now(), browsers: browsers(), sfu: processorSeconds(sfu), own: process.cpuUsage() };
  await delay(callSeconds * 1000);
  const seconds = (performance.now() - before.at) / 1000;
  const own = process.cpuUsage(before.own);
  const ownSeconds = (own.user + own.system) / 1e6;
  const shown = [...(await there.take()), ...(await back.take())].filter(({ code }) => code !== undefined);
  return {
    framesPerSecond: shown.length / 2 / seconds,
    browsers: (browsers() - before.browsers - ownSeconds) / seconds,
    sfu: (processorSeconds(sfu) - before.sfu) / seconds,
  };
}

function printTimes(metric: string, values: readonly number[]): void {
  const [p50, p95] = [percentile(values, 0.5), percentile(values, 0.95)];
  printFigure({ bench, metric, unit: 'ms', n: values.length, p50, p95 });
}

let sealed: CallCost;
{
  await using people = await TwoPeople.start();
  const { physician, patient } = await fromWaitingRoom(people);
  printTimes('click-to-first-remote-frame, waiting room, patient sees physician', patient);
  printTimes('click-to-first-remote-frame, waiting room, physician sees patient', physician);
  printTimes('click-to-first-remote-frame, cold', await cold(people));
  sealed = await callCost(people);
}
say('building the same client with the transforms left out');
const tree = unsealedTree();
let plain: CallCost;
try {
  await using people = await TwoPeople.start(tree);
  plain = await callCost(people);
} finally {
  rmSync(tree, { recursive: true, force: true });
}
for (const [metric, unit, key] of [
  ['frames a second', 'fps', 'framesPerSecond'],
  ['processor of both browsers', 'cores', 'browsers'],
  ['processor of the SFU', 'cores', 'sfu'],
] as const) {
  printFigure({
    bench,
    metric: `${metric}, encrypted`,
    unit,
    n: 1,
    value: sealed[key],
    ratio: sealed[key] / plain[key],
  });
  printFigure({ bench, metric: `${metric}, transforms left out`, unit, n: 1, value: plain[key] });
}

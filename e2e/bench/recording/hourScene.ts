import { type TapMessage, type TappedFrame, tapCredit } from '@sotto/e2ee/tapMessages';
import { leafThumbprint, participantId, recordingId } from '@sotto/protocol/ids';
import { createObjectKeyPair, objectContext } from '@sotto/vault';
import { audioMs, keyEvery, noiseFrame, videoMs } from './noiseFrames.ts';

/** A page that stands in for the call: two people's frames for the client's own recorder worker, an hour of them. */
const id = (letter: string): string => letter.repeat(21).concat('A');
const people = ['p', 'r'].map((letter) => ({
  participantId: participantId.parse(id(letter)),
  leaf: leafThumbprint.parse(`${letter.repeat(42)}A`),
  object: id(letter === 'p' ? 'o' : 's'),
}));
/** What the tap lets be under way. */
const window = { frames: 1024, octets: 8 * 1024 * 1024 } as const;
const stepMs = 4;

const scene = { hours: 0, failed: '', parts: 0 };
export type HourScene = typeof scene & { start(speed: number, hours: number): void; end(): Promise<void> };
let worker: Worker;

function start(speed: number, hours: number): void {
  run(speed, hours).catch((error: unknown) => {
    scene.failed ||= String(error);
  });
}

async function run(speed: number, hours: number): Promise<void> {
  worker = new Worker('/recorderWorker.js', { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<{ type: string; reason?: string }>) => {
    if (data.type === 'part') scene.parts += 1;
    if (data.type === 'failed') scene.failed = data.reason ?? 'failed';
  };
  worker.onerror = () => {
    scene.failed = 'worker';
  };
  const zero = performance.timeOrigin + performance.now();
  for (const [track, one] of people.entries()) {
    const { publicKey } = await createObjectKeyPair();
    const names = { clinic: id('c'), pseudonym: id('s'), visit: id('v'), object: one.object };
    const context = objectContext.parse({ ...names, kind: 'recording', track, consent: `${'k'.repeat(42)}A` });
    const add = { recording: recordingId.parse(id('g')), participant: one.participantId, context, publicKey, zero };
    worker.postMessage({ type: 'add', ...add, earlier: null });
  }
  const { port1, port2 } = new MessageChannel();
  worker.postMessage({ type: 'tap', port: port2 }, [port2]);
  await feed(port1, zero, speed, hours);
  scene.hours = hours;
}

/** As the tap does: so much may be under way, and the rest waits. */
async function feed(port: MessagePort, zero: number, speed: number, hours: number): Promise<void> {
  const underWay: number[] = [];
  let waiting = 0;
  port.onmessage = ({ data }: MessageEvent<unknown>) => {
    for (const length of underWay.splice(0, tapCredit.parse(data).frames)) waiting -= length;
  };
  const began = performance.now();
  const end = hours * 3_600_000;
  const next = { audio: 0, video: 0 };
  let picture = 0;
  for (;;) {
    const due = (performance.now() - began) * speed;
    const frames: TappedFrame[] = [];
    for (;;) {
      const kind = next.audio <= next.video ? 'audio' : 'video';
      const time = next[kind];
      if (time >= end) return;
      if (time > due || underWay.length + people.length > window.frames || waiting > window.octets) break;
      const isKey = kind === 'audio' || picture % keyEvery === 0;
      for (const { participantId: participant, leaf } of people) {
        const data = noiseFrame(kind, isKey);
        frames.push({
          ...{ type: 'frame', participantId: participant, leaf, kind, isKey, layer: 0, lost: 0, data },
          ...{ track: kind === 'audio' ? 1 : 2, mediaTime: Math.round(time * 10), at: zero + time },
        });
        underWay.push(data.byteLength);
        waiting += data.byteLength;
      }
      if (kind === 'video') picture += 1;
      next[kind] += kind === 'audio' ? audioMs : videoMs;
      scene.hours = (time - 1) / 3_600_000;
    }
    const message: TapMessage = { type: 'frames', frames };
    const buffers = frames.map(({ data }) => data);
    if (frames.length > 0) port.postMessage(message, buffers);
    await new Promise((resolve) => setTimeout(resolve, stepMs));
    if (scene.failed !== '') throw new Error(scene.failed);
  }
}

/** Resolves once all of it is kept. */
async function end(): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    worker.addEventListener('message', ({ data }: MessageEvent<{ type: string }>) => {
      if (data.type === 'ended') resolve();
    });
  });
  worker.postMessage({ type: 'end' });
  await ended;
}

Object.assign(globalThis, { hourScene: Object.assign(scene, { start, end }) satisfies HourScene });

import {
  answerPartReads,
  playPath,
  playRequest,
  recoverPlayer,
  type StoredPart,
  SyncedPlayback,
} from '@sotto/playback';
import { createObjectKeyPair, objectContext, signManifest } from '@sotto/vault';
import { type MadeFrame, makeFrames, readCode } from './frames.ts';
import type { OpenMessage } from './openingWorker.ts';
import { sealFrames } from './sealing.ts';

/** A page that records made-up people, and plays what was sealed. Called by the spec from outside. */
interface Facts {
  readonly begins: number;
  readonly ends: number;
  readonly joints: readonly number[];
  readonly length: number;
}

export interface Spread {
  /** Seconds between what was asked for and the picture that was shown. */
  readonly errors: readonly number[];
  /** Milliseconds until it was shown. */
  readonly times: readonly number[];
}

/** What was handed in of an object, and the keys that open it. */
type Sealed = Pick<OpenMessage['objects'][number], 'manifest' | 'signer' | 'privateKey'>;

/** Of each opening another one: players keep what they have of an address. */
let playback = '';
let openings = 0;
const sealed = new Map<string, Sealed>();
let worker: Worker | null = null;
let synced: SyncedPlayback | null = null;
let videos: HTMLVideoElement[] = [];
let failure: string | null = null;
const id = (letter: string): string => letter.repeat(21).concat('A');
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export interface Person {
  readonly object: string;
  /** Seconds in which nothing of theirs came: of sound, of picture, or because they weren't there. */
  readonly silent?: readonly [number, number];
  readonly from?: number;
  readonly hasHead?: boolean;
  readonly hasPicture?: boolean;
}

/** @param more octets that each picture is longer than it has to be: decoders don't read what is behind its end */
async function record(seconds: number, people: readonly Person[], more = 0): Promise<void> {
  const frames = (await makeFrames(seconds)).map((frame) => (frame.kind === 'video' ? longer(frame, more) : frame));
  for (const [track, { object, silent, from = 0, hasHead = true, hasPicture = true }] of people.entries()) {
    const isThere = ({ kind, time }: MadeFrame): boolean =>
      time >= from * 1000 &&
      (hasPicture || kind === 'audio') &&
      !(kind === 'audio' && silent && time >= silent[0] * 1000 && time < silent[1] * 1000);
    const { publicKey, privateKey } = await createObjectKeyPair();
    const names = { clinic: id('c'), pseudonym: id('s'), visit: id('v'), object };
    const context = objectContext.parse({ ...names, kind: 'recording', track, consent: `${'k'.repeat(42)}A` });
    const { runs, head, parts } = await sealFrames(frames.filter(isThere), { context, publicKey });
    const said = { context, roster: null, sealedAt: '2031-05-06T07:08:09Z', runs, head: hasHead ? head : null };
    const { signer, sign } = await newSigner();
    const manifest = await signManifest(said, { algorithm: 'Ed25519', publicKey: signer, sign });
    sealed.set(object, { manifest, signer, privateKey });
    for (const [leaf, body] of parts) {
      if (leaf !== 'head' || hasHead) await fetch(`/parts/${object}/${leaf}`, { method: 'PUT', body });
    }
  }
}

function longer(frame: MadeFrame, more: number): MadeFrame {
  const data = new Uint8Array(frame.data.byteLength + more);
  data.set(new Uint8Array(frame.data));
  return { ...frame, data: data.buffer };
}

async function newSigner() {
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new Error('not a pair');
  const signer = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const sign = async (message: Uint8Array<ArrayBuffer>) =>
    new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, message));
  return { signer, sign };
}

/** Frames for who seals them elsewhere; their data in base64. */
async function framesFor(seconds: number) {
  const frames = await makeFrames(seconds);
  const text = (data: ArrayBuffer) =>
    btoa(Array.from(new Uint8Array(data), (code) => String.fromCharCode(code)).join(''));
  return frames.map(({ data, ...frame }) => ({ ...frame, data: text(data) }));
}

async function fetchPart(object: string, leaf: string, offset: number, length: number, signal: AbortSignal) {
  const headers = { range: `bytes=${String(offset)}-${String(offset + length - 1)}` };
  const response = await fetch(`/parts/${object}/${leaf}`, { headers, signal, cache: 'no-store' });
  return new Uint8Array(await response.arrayBuffer());
}

async function open(objects: readonly string[]): Promise<readonly Facts[] | string> {
  await navigator.serviceWorker.register('/play.js', { scope: '/' });
  while (navigator.serviceWorker.controller === null) await pause(10);
  worker?.terminate();
  openings += 1;
  playback = id('q').slice(0, -4).concat(String(openings).padStart(4, '0'));
  const opening = new Worker(new URL('./openingWorker.ts', import.meta.url), { type: 'module' });
  worker = opening;
  failure = null;
  const { port1, port2 } = new MessageChannel();
  answerPartReads(port1, fetchPart);
  const lists = await Promise.all(
    objects.map(async (object) => (await (await fetch(`/parts/${object}`)).json()) as StoredPart[]),
  );
  const opened = new Promise<readonly Facts[] | string>((resolve) => {
    opening.onmessage = ({ data }: MessageEvent<{ facts: Facts[] } | { code: string }>) => {
      if ('code' in data) failure = data.code;
      resolve('facts' in data ? data.facts : data.code);
    };
  });
  const message: OpenMessage = {
    parts: port2,
    objects: objects.flatMap((object, track) => {
      const own = sealed.get(object);
      return own ? [{ ...own, object, list: lists[track] ?? [] }] : [];
    }),
  };
  opening.postMessage(message, [port2]);
  const facts = await opened;
  if (typeof facts !== 'string') await show(facts);
  return facts;
}

navigator.serviceWorker.addEventListener('message', ({ data, ports }: MessageEvent<unknown>) => {
  const asked = playRequest.parse(data);
  const [port] = ports;
  if (port) worker?.postMessage({ track: asked.track, range: asked.range }, [port]);
});
navigator.serviceWorker.startMessages();

async function show(facts: readonly Facts[]): Promise<void> {
  for (const video of videos) video.remove();
  videos = facts.map((_, track) => {
    const video = document.createElement('video');
    video.preload = 'auto';
    video.src = playPath(playback, track);
    document.body.append(video);
    const onGivenUp = () => {
      failure = 'unreachable';
    };
    recoverPlayer(video, { onSilenced: () => undefined, onGivenUp });
    return video;
  });
  const tracks = facts.map(({ begins, ends, joints }, track) => ({
    player: videos[track] ?? document.createElement('video'),
    begins: begins / 1000,
    ends: ends / 1000,
    joints: joints.map((joint) => joint / 1000),
  }));
  synced = new SyncedPlayback(tracks, () => performance.now());
  setInterval(() => synced?.tick(), 100);
}

/** Plays for some seconds, and tells how far apart the pictures of two people were at each look. Seconds. */
async function apart(
  seconds: number,
  speed: number,
): Promise<{ pictures: number[]; clocks: number[]; places: number[] }> {
  const found = { pictures: [] as number[], clocks: [] as number[], places: [] as number[] };
  synced?.setSpeed(speed);
  synced?.play();
  while (synced?.state === 'waiting') await pause(20);
  await pause(1000);
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until && synced?.state === 'playing') {
    const [first, second] = videos;
    if (!first || !second) break;
    found.clocks.push(first.currentTime - second.currentTime);
    found.pictures.push(readCode(first) - readCode(second));
    found.places.push(readCode(first) - synced.position);
    await pause(53);
  }
  synced?.pause();
  return found;
}

/** Seeks while nothing plays, and looks what is shown. */
async function seekTo(places: readonly number[]): Promise<Spread> {
  const [errors, times]: [number[], number[]] = [[], []];
  for (const place of places) {
    const began = performance.now();
    const [video] = videos;
    if (!video || !synced) throw new Error('nothing is open');
    const shown = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
    synced.seek(place);
    await shown;
    times.push(performance.now() - began);
    while (video.seeking) await pause(5);
    await pause(30);
    errors.push(readCode(video) - place);
  }
  return { errors, times };
}

/** Plays from a place to the end. */
async function playOut(from: number): Promise<{ place: number; picture: number }> {
  synced?.seek(from);
  synced?.play();
  while (synced !== null && synced.state !== 'ended' && failure === null) await pause(50);
  const [video] = videos;
  return { place: synced?.position ?? 0, picture: video ? readCode(video) : 0 };
}

/** What pitch is heard when a picture is shown: seconds by the tone against seconds by the picture. */
async function heard(from: number, seconds: number): Promise<number[]> {
  const [video] = videos;
  if (!video || !synced) throw new Error('nothing is open');
  const audio = new AudioContext();
  const analyser = audio.createAnalyser();
  analyser.fftSize = 4096;
  analyser.smoothingTimeConstant = 0;
  audio.createMediaElementSource(video).connect(analyser).connect(audio.destination);
  await audio.resume();
  const levels = new Float32Array(analyser.frequencyBinCount);
  synced.seek(from);
  synced.play();
  const found: number[] = [];
  while (synced.position < from + seconds && synced.state !== 'ended') {
    await pause(110);
    const inSecond = video.currentTime % 1;
    // A tone that has just begun isn't in the window of the analyser yet.
    if (synced.state !== 'playing' || inSecond < 0.3 || inSecond > 0.9) continue;
    analyser.getFloatFrequencyData(levels);
    const top = levels.indexOf(Math.max(...levels));
    const hertz = (top * audio.sampleRate) / analyser.fftSize;
    if ((levels[top] ?? -200) > -50) found.push(Math.round((hertz - 400) / 150) - Math.floor(video.currentTime));
  }
  synced.pause();
  return found;
}

/** Stores what plays as one file in the clear, as any server would have it. */
async function storeInClear(track: number, path: string): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const octets: Uint8Array<ArrayBuffer>[] = [];
  const done = new Promise<void>((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<{ type: string; octets?: Uint8Array<ArrayBuffer> }>) => {
      if (data.octets) octets.push(data.octets);
      if (data.type === 'done') resolve();
      else port1.postMessage({ type: 'pull' });
    };
  });
  worker?.postMessage({ track, range: null }, [port2]);
  await done;
  await fetch(path, { method: 'PUT', body: new Blob(octets) });
}

const state = () => ({
  failure,
  state: synced?.state ?? null,
  errors: videos.map(({ error }) => error?.code ?? null),
  times: videos.map(({ currentTime }) => currentTime),
});

const tools = { record, framesFor, open, apart, seekTo, playOut, heard, storeInClear, state };
export type SceneTools = typeof tools;
Object.assign(window, { scene: tools });

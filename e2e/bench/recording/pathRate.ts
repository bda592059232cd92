import { PlayableFile } from '@sotto/playback';
import {
  bytesSource,
  checkManifest,
  createObjectKeyPair,
  objectContext,
  openObject,
  type RunRecord,
  signManifest,
  unwrapDataKey,
} from '@sotto/vault';
import type { MadeFrame } from '../../playback/frames.ts';
import { PartNames, recordFrames } from '../../playback/sealing.ts';
import { BareWebCrypto } from '../vault/bareWebCrypto.ts';
import { audioMs, keyEvery, noiseFrame, videoMs } from './noiseFrames.ts';

/** Megabytes (10⁶ octets of what is sealed) a second of one round, each over as many octets. */
export interface PathRound {
  /** From frames to sealed parts. */
  readonly seal: number;
  readonly bareSeal: number;
  /** From sealed octets to the file that is played. */
  readonly open: number;
  readonly bareOpen: number;
}

const seconds = 120;
const id = (letter: string): string => letter.repeat(21).concat('A');
const context = objectContext.parse({
  ...{ clinic: id('c'), pseudonym: id('p'), visit: id('v'), object: id('o') },
  ...{ kind: 'recording', track: 0, consent: `${'k'.repeat(42)}A` },
});

/** A recording's way from frames to parts and back, and bare WebCrypto, in turns. For a browser. */
export async function measurePath(rounds: number): Promise<PathRound[]> {
  const frames = made();
  const keys = await createObjectKeyPair();
  const first = await record(frames, keys.publicKey);
  const length = first.runs.reduce((sum, run) => sum + run.length, 0);
  const bare = await BareWebCrypto.start(new Uint8Array(length));
  const speed = (ms: number): number => length / 1000 / ms;
  const measured: PathRound[] = [];
  // The first rounds warm up.
  for (let round = -2; round < rounds; round += 1) {
    const bareSeal = await timed(() => bare.seal());
    const recorded = await record(frames, keys.publicKey);
    const bareOpen = await timed(() => bare.open());
    const open = await reopen(recorded, keys.privateKey);
    const times = { seal: recorded.ms, bareSeal, open, bareOpen };
    if (round < 0) continue;
    measured.push({
      seal: speed(times.seal),
      bareSeal: speed(times.bareSeal),
      open: speed(times.open),
      bareOpen: speed(times.bareOpen),
    });
  }
  return measured;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

interface Recorded {
  readonly ms: number;
  readonly runs: readonly RunRecord[];
  readonly head: RunRecord | null;
  readonly spool: PartNames;
}

async function record(frames: readonly MadeFrame[], publicKey: Uint8Array<ArrayBuffer>): Promise<Recorded> {
  const spool = new PartNames();
  const began = performance.now();
  const { runs, head } = await recordFrames(frames, { context, publicKey }, spool);
  return { ms: performance.now() - began, runs, head, spool };
}

/** @returns ms */
async function reopen({ runs, head, spool }: Recorded, privateKey: Uint8Array<ArrayBuffer>): Promise<number> {
  const parts = await spool.parts();
  const joined = new Blob([...parts].filter(([name]) => name !== 'head').map(([, octets]) => octets));
  const body = bytesSource(new Uint8Array(await joined.arrayBuffer()));
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new Error('not a pair');
  const signer = {
    algorithm: 'Ed25519' as const,
    publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)),
    sign: async (message: Uint8Array<ArrayBuffer>) =>
      new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, message)),
  };
  const said = { context, roster: null, sealedAt: '2031-05-06T07:08:09Z', runs, head };
  const checked = await checkManifest(await signManifest(said, signer), { signer, context, hash: null });
  const sources = { runs: [body], head: bytesSource(parts.get('head') ?? new Uint8Array()) };
  return await timed(async () => {
    const reader = await openObject(checked, sources, (header) => unwrapDataKey(header, privateKey));
    const file = await PlayableFile.open(reader, () => undefined);
    const { signal } = new AbortController();
    let read = 0;
    for await (const piece of file.pieces({ from: 0, to: file.length }, signal)) read += piece.length;
    if (read !== file.length) throw new Error('Not all of it was opened.');
  });
}

function made(): MadeFrame[] {
  const frames: MadeFrame[] = [];
  for (let time = 0; time < seconds * 1000; time += audioMs) {
    frames.push({ kind: 'audio', time, isKey: true, data: noiseFrame('audio', true) });
  }
  for (let picture = 0; picture * videoMs < seconds * 1000; picture += 1) {
    const isKey = picture % keyEvery === 0;
    frames.push({ kind: 'video', time: picture * videoMs, isKey, data: noiseFrame('video', isKey) });
  }
  return frames.sort((a, b) => a.time - b.time);
}

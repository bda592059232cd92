import {
  type ByteSource,
  type Bytes,
  bytesSource,
  checkManifest,
  createObjectKeyPair,
  type ObjectReader,
  objectContext,
  openObject,
  type RunRecord,
  sealBytes,
  signManifest,
  unwrapDataKey,
} from '@sotto/vault';
import { type MediaFrame, WebmWriter } from '@sotto/webm';

const id = (letter: string): string => letter.repeat(21).concat('A');

export const joined = (parts: readonly Uint8Array[]): Bytes => new Uint8Array(Buffer.concat(parts));

/** Frames of some seconds: picture and sound that differ from frame to frame. */
export function framesOf(fromMs: number, toMs: number): MediaFrame[] {
  const frames: MediaFrame[] = [];
  for (let time = fromMs; time < toMs; time += 20) {
    const data = new Uint8Array(900).fill(time & 0xff);
    if ((time - fromMs) % 40 === 0) {
      const isKey = (time - fromMs) % 2000 === 0;
      const front = isKey ? [0x10, 0, 0, 0x9d, 1, 0x2a, 64, 1, 180, 0] : [0x11, 0, 0];
      frames.push({ kind: 'video', time, isKey, data: Uint8Array.of(...front, ...data) });
    }
    frames.push({ kind: 'audio', time, isKey: true, data: Uint8Array.of(0xfc, time & 0xff, 1) });
  }
  return frames;
}

/** A recording as it was written: plaintext of its runs, and its head. */
export function written(takes: readonly (readonly MediaFrame[])[]) {
  const webm = new WebmWriter({ width: 320, height: 180 });
  const runs = takes.map((frames, run) => {
    if (run > 0) webm.beginAnew();
    return joined([...(run === 0 ? [webm.open()] : []), ...frames.map((frame) => webm.add(frame)), webm.flush()]);
  });
  return { runs, head: webm.finalHead() };
}

export interface Sealed {
  readonly files: readonly Bytes[];
  readonly headFile: Bytes | null;
  open(sources: readonly ByteSource[], head: ByteSource | null): Promise<ObjectReader>;
}

export async function seal(runs: readonly Bytes[], head: Bytes | null): Promise<Sealed> {
  const { publicKey, privateKey } = await createObjectKeyPair();
  const names = { clinic: id('c'), pseudonym: id('p'), visit: id('v'), object: id('o') };
  const context = objectContext.parse({ ...names, kind: 'recording', track: 0, consent: `${'k'.repeat(42)}A` });
  const records: RunRecord[] = [];
  const files: Bytes[] = [];
  for (const [run, plaintext] of runs.entries()) {
    const before = records.at(-1);
    const previous = before === undefined ? null : new Uint8Array(Buffer.from(before.hash, 'base64url'));
    const { file, record } = await sealBytes(
      { context: { object: context, part: 'body', run }, publicKey, previous },
      plaintext,
    );
    records.push(record);
    files.push(file);
  }
  const sealedHead =
    head === null
      ? null
      : await sealBytes({ context: { object: context, part: 'head', run: 0 }, publicKey, previous: null }, head);
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new Error('not a pair');
  const signer = {
    algorithm: 'Ed25519',
    publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)),
  } as const;
  const sign = async (message: Bytes) => new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, message));
  const said = {
    context,
    roster: null,
    sealedAt: '2031-05-06T07:08:09Z',
    runs: records,
    head: sealedHead?.record ?? null,
  };
  const bytes = await signManifest(said, { ...signer, sign });
  const manifest = await checkManifest(bytes, { signer, context, hash: null });
  return {
    files,
    headFile: sealedHead?.file ?? null,
    open: (sources, headSource) =>
      openObject(manifest, { runs: sources, head: headSource }, (header) => unwrapDataKey(header, privateKey)),
  };
}

export const sourcesOfFiles = ({ files }: Sealed): ByteSource[] => files.map((file) => bytesSource(file));

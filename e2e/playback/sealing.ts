import type { TappedFrame } from '@sotto/e2ee/tapMessages';
import { leafThumbprint, participantId } from '@sotto/protocol/ids';
import { type PartPlace, Recorder, type Spool } from '@sotto/recording';
import { createObjectKeyPair, objectContext, type RunRecord, signManifest } from '@sotto/vault';
import { type MadeFrame, size } from './frames.ts';

const id = (letter: string): string => letter.repeat(21).concat('A');
const leaf = leafThumbprint.parse(`${'l'.repeat(42)}A`);
const participant = participantId.parse(id('p'));

/** A recording as the recorder's browser hands it in, and the keys that open it. */
export interface Sealed {
  readonly object: string;
  readonly manifest: Uint8Array<ArrayBuffer>;
  readonly signer: Uint8Array<ArrayBuffer>;
  readonly privateKey: Uint8Array<ArrayBuffer>;
  readonly parts: ReadonlyMap<string, Blob>;
}

/** A spool in memory, whose parts have the names that storage gives them. */
class PartNames implements Spool {
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

  parts(): Map<string, Blob> {
    return new Map([...this.#chunks].map(([name, chunks]) => [name, new Blob(chunks)]));
  }
}

export interface SealingOptions {
  readonly object: string;
  readonly track: number;
  readonly hasHead: boolean;
}

/** Records, seals and signs some frames. */
export async function sealFrames(frames: readonly MadeFrame[], options: SealingOptions): Promise<Sealed> {
  const { publicKey, privateKey } = await createObjectKeyPair();
  const names = { clinic: id('c'), pseudonym: id('s'), visit: id('v'), object: options.object } as const;
  const consent = `${'k'.repeat(42)}A`;
  const context = objectContext.parse({ ...names, kind: 'recording', track: options.track, consent });
  const spool = new PartNames();
  const recorder = await Recorder.start({
    target: { context, publicKey },
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
    const track = kind === 'audio' ? 1 : 2;
    const tapped: TappedFrame = {
      ...who,
      kind,
      track,
      isKey,
      mediaTime: Math.round(time * 10),
      at: time,
      data: data.slice(0),
    };
    recorder.take(tapped);
  }
  const { runs, head } = await recorder.finish();
  const parts = spool.parts();
  if (!options.hasHead) parts.delete('head');
  const { manifest, signer } = await sign(context, runs, options.hasHead ? head : null);
  return { object: options.object, manifest, signer, privateKey, parts };
}

async function sign(
  context: ReturnType<typeof objectContext.parse>,
  runs: readonly RunRecord[],
  head: RunRecord | null,
) {
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new Error('not a pair');
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const said = { context, roster: null, sealedAt: '2031-05-06T07:08:09Z', runs, head };
  const manifest = await signManifest(said, {
    algorithm: 'Ed25519',
    publicKey,
    sign: async (message) => new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, message)),
  });
  return { manifest, signer: publicKey };
}

import {
  Keyring,
  makeKid,
  UnsafeFrameOpener,
  UnsafeFrameSealer,
  UnsafeRecordingTap,
  UnsafeSealingKey,
  unsafeDeriveSFrameKey,
  unsafeImportBaseKey,
} from '@sotto/e2ee/testing';
import { leafThumbprint, participantId, producerId } from '@sotto/protocol/ids';

/** What frames took, in ms. */
export interface Times {
  /** A frame on average, of each block of frames. */
  readonly mean: number[];
  readonly each: number[];
}

/** What one frame of a size took: by a track's transform, and by WebCrypto alone on as many octets. */
export interface FrameTimes {
  readonly seal: Times;
  readonly bareSeal: Times;
  readonly open: Times;
  readonly bareOpen: Times;
  /** Octets that sealing has added. */
  readonly added: number;
}

export interface FrameTimesRequest {
  readonly octets: number;
  readonly kind: 'audio' | 'video';
  readonly blocks: number;
}

/** What a worker's global scope has that a page's hasn't; TypeScript's libraries for the two exclude each other. */
interface WorkerScope {
  onmessage: (event: MessageEvent<FrameTimesRequest>) => void;
  postMessage(message: FrameTimes): void;
}

const [epoch, leafIndex] = [300, 1];
const track = {
  track: 1,
  source: 'microphone',
  producerId: producerId.parse('0b1f9a5e-33c8-4a53-9f57-1d1a8e9f0a01'),
  leaf: leafThumbprint.parse('L'.repeat(43)),
  participantId: participantId.parse('P'.repeat(22)),
} as const;

/** A sender's and a receiver's transform under one key. */
async function transforms(kind: 'audio' | 'video') {
  const now = (): number => performance.now();
  const baseKey = await unsafeImportBaseKey(crypto.getRandomValues(new Uint8Array(32)));
  const sealing = new UnsafeSealingKey(await unsafeDeriveSFrameKey(baseKey, makeKid(leafIndex, epoch), 'encrypt'));
  const keyring = new Keyring();
  await keyring.install(epoch, new Uint8Array(64), baseKey, [{ ...track, leafIndex }], now());
  // Nobody records.
  const tap = new UnsafeRecordingTap(
    () => false,
    () => undefined,
    () => undefined,
  );
  const sealer = new UnsafeFrameSealer({
    id: { track: track.track, kind },
    sealing: () => ({ tag: 'sealing', key: sealing }),
    tap,
    self: () => track,
    now,
  });
  const opener = new UnsafeFrameOpener({
    attachment: 0,
    producerId: track.producerId,
    kind,
    keyring,
    track: () => ({ ...track, kind }),
    tap,
    needKeyFrame: () => undefined,
    now,
    later: () => undefined,
  });
  // An epoch's counter is of two octets most of the time.
  for (let count = 0; count < 300; count += 1) sealing.next();
  return { sealer, opener };
}

/** Frames in a row of one kind: a clock of 5 µs tells their mean. */
const block = 16;

async function timed(times: Times | undefined, work: (index: number) => Promise<unknown>): Promise<void> {
  const each: number[] = [];
  const started = performance.now();
  for (let index = 0, since = started; index < block; index += 1) {
    await work(index);
    const now = performance.now();
    each.push(now - since);
    since = now;
  }
  times?.mean.push((performance.now() - started) / block);
  times?.each.push(...each);
}

/** Block after block, by one's own way and by the bare one in turns. */
async function measure({ octets, kind, blocks }: FrameTimesRequest): Promise<FrameTimes> {
  const { sealer, opener } = await transforms(kind);
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const plain = crypto.getRandomValues(new Uint8Array(Math.min(octets, 65_536)));
  // A delta frame's P bit.
  plain[0] = 0x11;
  const empty = (): Times => ({ mean: [], each: [] });
  const times = { seal: empty(), bareSeal: empty(), open: empty(), bareOpen: empty() };
  const algorithms = Array.from({ length: block }, (_, index) => {
    const iv = Uint8Array.of(...new Uint8Array(11), index);
    return { name: 'AES-GCM', iv, additionalData: new Uint8Array(12), tagLength: 128 };
  });
  const algorithmOf = (index: number) => algorithms[index] ?? { name: 'AES-GCM', iv: new Uint8Array(12) };
  let added = 0;
  // The first blocks warm up.
  for (let round = -20; round < blocks; round += 1) {
    const kept = round < 0 ? undefined : times;
    const sealed: ArrayBuffer[] = [];
    await timed(kept?.bareSeal, async (index) => {
      sealed.push(await crypto.subtle.encrypt(algorithmOf(index), key, plain));
    });
    const frames = Array.from({ length: block }, (_, index) => {
      const rtpTimestamp = ((round + 20) * block + index) * 960;
      return { data: plain.slice().buffer, getMetadata: () => ({ rtpTimestamp }) };
    });
    let passed = 0;
    const forward = (): void => {
      passed += 1;
    };
    await timed(kept?.seal, async (index) => {
      const frame = frames[index];
      if (frame !== undefined) await sealer.handle(frame, forward);
    });
    added = (frames[0]?.data.byteLength ?? 0) - octets;
    await timed(kept?.bareOpen, (index) =>
      crypto.subtle.decrypt(algorithmOf(index), key, sealed[index] ?? new ArrayBuffer(0)),
    );
    await timed(kept?.open, async (index) => {
      const frame = frames[index];
      if (frame !== undefined) await opener.handle(frame, forward);
    });
    if (passed !== 2 * block || frames.some(({ data }) => data.byteLength !== octets)) {
      throw new Error('A frame didn’t come through.');
    }
  }
  return { ...times, added };
}

const scope = globalThis as unknown as WorkerScope;
scope.onmessage = ({ data }) => {
  void measure(data).then((times) => {
    scope.postMessage(times);
  });
};

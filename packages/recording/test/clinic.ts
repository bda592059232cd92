import {
  bytesSource,
  checkManifest,
  createObjectKeyPair,
  type NotedRun,
  objectContext,
  openObject,
  type RunRecord,
  signManifest,
  surveyRun,
  unwrapDataKey,
} from '@sotto/vault';
import { salvageRun } from '@sotto/vault/salvage';
import { finalHead, RecordingScan } from '@sotto/webm';
import { BufferSource, EncodedPacketSink, Input, WEBM } from 'mediabunny';
import type { EarlierRuns, PartPlace, RecorderOptions, Spool } from '../src/index.ts';

type Octets = Uint8Array<ArrayBuffer>;
const joined = (parts: readonly Uint8Array[]): Octets => new Uint8Array(Buffer.concat(parts));
const id = (letter: string): string => letter.repeat(21).concat('A');
const sealedAt = '2031-05-06T07:08:09Z';

const nameOf = ({ of, part }: PartPlace): string =>
  `${of === 'head' ? 'head' : `run ${String(of.run)}`} part ${String(part)}`;

/** A spool in memory. It checks what it's promised, and can die. */
export class MemorySpool implements Spool {
  readonly parts = new Map<string, { place: PartPlace; chunks: Octets[]; length: number; isWhole: boolean }>();
  readonly noted: NotedRun[] = [];
  /** Closed runs, and the head. */
  readonly last: PartPlace['of'][] = [];
  /** Keeps nothing, for long recordings. */
  keepsNothing = false;
  isDead = false;
  /** How often something was to be kept. */
  appends = 0;
  /** Of the piece that was being appended when it died. */
  tornOctets = 0;
  /** How long an append takes. */
  wait: () => Promise<void> = () => Promise.resolve();

  async began(run: NotedRun): Promise<void> {
    await this.wait();
    this.noted.push(run);
  }

  async append(place: PartPlace, offset: number, chunks: readonly Octets[]): Promise<void> {
    this.appends += 1;
    await this.wait();
    const part = this.parts.get(nameOf(place)) ?? { place, chunks: [], length: 0, isWhole: false };
    if (part.isWhole || part.length !== offset) throw new Error('a part isn’t written over');
    if (place.part > 0 && this.parts.get(nameOf({ ...place, part: place.part - 1 }))?.isWhole !== true) {
      throw new Error('parts come one after the other');
    }
    if (this.isDead) {
      if (this.tornOctets > 0) part.chunks.push(joined(chunks).slice(0, this.tornOctets));
      this.tornOctets = 0;
      this.parts.set(nameOf(place), part);
      throw new Error('the machine has stopped');
    }
    part.length += chunks.reduce((sum, { length }) => sum + length, 0);
    if (!this.keepsNothing) part.chunks.push(...chunks);
    this.parts.set(nameOf(place), part);
  }

  async ended(place: PartPlace, isLast: boolean): Promise<void> {
    const part = this.parts.get(nameOf(place));
    if (!part || this.isDead) throw new Error('no such part');
    part.isWhole = true;
    if (this.keepsNothing) this.parts.set(nameOf(place), { ...part, chunks: [] });
    if (isLast) this.last.push(place.of);
  }

  /** What storage would have of a run, or of the head. */
  file(of: PartPlace['of']): Octets {
    const run = nameOf({ of, part: 0 }).replace(/ part.*/, ' part');
    return joined([...this.parts].filter(([name]) => name.startsWith(run)).flatMap(([, { chunks }]) => chunks));
  }
}

/** A disk that takes so long for each write, on the clock of a visit that is made up. */
export class SlowDisk {
  #waitMs: number;
  #now = 0;
  #busy: { readonly until: number; readonly done: () => void } | null = null;
  #begun: (() => void) | null = null;

  constructor(waitMs: number) {
    this.#waitMs = waitMs;
  }

  readonly wait = async (): Promise<void> => {
    if (this.#waitMs === 0) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#busy = { until: this.#now + this.#waitMs, done: () => resolve(undefined) };
    this.#begun?.();
    await promise;
  };

  /** Resolves once nothing more happens until then: `work` is done, or it waits for the disk. */
  async pass(now: number, work: () => Promise<void>): Promise<void> {
    this.#now = now;
    this.#finish((until) => until <= now);
    const begun = Promise.withResolvers<undefined>();
    this.#begun = () => begun.resolve(undefined);
    if (this.#busy === null) await Promise.race([work(), begun.promise]);
    this.#begun = null;
  }

  /** What it's at is done, or fails, at once; it's quick from now on. */
  stop(): void {
    this.#waitMs = 0;
    this.#finish(() => true);
  }

  #finish(isDue: (until: number) => boolean): void {
    if (this.#busy === null || !isDue(this.#busy.until)) return;
    const { done } = this.#busy;
    this.#busy = null;
    done();
  }
}

/** A patient's object, and those who may open it. */
export async function openClinic() {
  const { publicKey, privateKey } = await createObjectKeyPair();
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new Error('not a pair');
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const signer = { algorithm: 'Ed25519', publicKey: raw } as const;
  const context = objectContext.parse({
    clinic: id('c'),
    pseudonym: id('p'),
    visit: id('v'),
    object: id('o'),
    kind: 'recording',
    track: 1,
    consent: 'k'.repeat(42).concat('A'),
  });
  const keys = (header: Parameters<typeof unwrapDataKey>[0]) => unwrapDataKey(header, privateKey);
  const options = (spool: Spool, over: Partial<RecorderOptions> = {}): RecorderOptions => ({
    target: { context, publicKey },
    earlier: null,
    spool,
    picture: { width: 1280, height: 720 },
    zero: 0,
    onKeyFrameWished: () => undefined,
    onFailed: () => undefined,
    ...over,
  });

  /** Signs, checks and opens what was stored, as a player does: plaintext of the runs, and of the head. */
  const open = async (spool: MemorySpool, runs: readonly RunRecord[], head: RunRecord | null) => {
    const bytes = await signManifest(
      { context, roster: null, sealedAt, runs, head },
      {
        ...signer,
        sign: async (message) => new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, message)),
      },
    );
    const manifest = await checkManifest(bytes, { signer, context, hash: null });
    const files = runs.map((_, run) => bytesSource(spool.file({ run })));
    const reader = await openObject(manifest, { runs: files, head: head && bytesSource(spool.file('head')) }, keys);
    const headText = reader.head ? await collect(reader.head.pieces(0, reader.head.length)) : null;
    return { plaintext: await collect(reader.stream()), head: headText };
  };

  /** Looks through what a dead recorder left of a run. */
  const salvage = async (spool: MemorySpool, run: number) => {
    const noted = spool.noted.find(({ context: { run: number } }) => number === run);
    if (!noted) throw new Error('The run wasn’t noted.');
    const source = bytesSource(spool.file({ run }));
    const { record } = await surveyRun(source, 'cut', noted);
    const reader = await salvageRun(source, 'cut', keys);
    return { record, plaintext: await collect(reader.pieces(0, reader.length)) };
  };
  return { options, open, salvage };
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Octets> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return joined(all);
}

export const earlierOf = (record: RunRecord, count: number): EarlierRuns => ({
  count,
  hash: new Uint8Array(Buffer.from(record.hash, 'base64url')),
});

/** What is served to a player: the head in place of what stands before the first cluster. SPEC.md section 6. */
export function served(head: Uint8Array, plaintext: Uint8Array): Octets {
  const first = Buffer.from(plaintext).indexOf(Uint8Array.of(0x1f, 0x43, 0xb6, 0x75));
  return joined([head, plaintext.subarray(first)]);
}

/** The same for runs that have no head. */
export function rebuilt(runs: readonly Uint8Array[]): Octets | null {
  const scan = new RecordingScan();
  for (const run of runs) {
    scan.push(run);
    scan.nextRun();
  }
  const found = scan.finish();
  if (found === null) return null;
  const whole = joined(runs);
  return joined([finalHead(found), ...found.pieces.map(({ start, end }) => whole.subarray(start, end))]);
}

/** A frame as mediabunny, which shares no code with the writer, finds it. Milliseconds. */
export interface Played {
  readonly kind: 'audio' | 'video';
  readonly time: number;
  readonly data: string;
}

export const hex = (octets: ArrayBuffer | Uint8Array<ArrayBuffer>): string =>
  Buffer.from(octets instanceof Uint8Array ? octets : new Uint8Array(octets)).toString('hex');

/** All that is found, but for the silence that was put in. */
export const played = async (file: Octets): Promise<Played[]> =>
  (await everything(file)).filter(({ data }) => data !== 'fcfffe');

export async function everything(file: Octets): Promise<Played[]> {
  using input = new Input({ source: new BufferSource(file), formats: [WEBM] });
  const frames: Played[] = [];
  for (const kind of ['video', 'audio'] as const) {
    const track = await (kind === 'video' ? input.getPrimaryVideoTrack() : input.getPrimaryAudioTrack());
    if (!track) continue;
    for await (const { timestamp, data } of new EncodedPacketSink(track).packets()) {
      frames.push({ kind, time: Math.round(timestamp * 1000), data: hex(new Uint8Array(data)) });
    }
  }
  return frames;
}

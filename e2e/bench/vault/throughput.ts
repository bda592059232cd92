import { bytesSource, type RunRecord } from '@sotto/vault';
import { BareWebCrypto } from './bareWebCrypto.ts';
import { Desk } from './desk.ts';

/** Megabytes (10⁶ bytes of plaintext) a second of one round, each over the same bytes. */
export interface Round {
  readonly seal: number;
  readonly bareSeal: number;
  readonly open: number;
  readonly bareOpen: number;
}

/** A full segment's plaintext. */
const pieceLength = 4080;
const pieces = 2048;
/** What the writer is given at a time: what a part of a recording may hold. */
const chunkLength = 1_048_576;

const speed = async (work: () => Promise<void>): Promise<number> => {
  const started = performance.now();
  await work();
  return (pieces * pieceLength) / 1000 / (performance.now() - started);
};

/** Seals and opens the same bytes by the vault and by bare WebCrypto, in turns. Runs in Node and in browsers. */
export const measureThroughput = async (rounds: number): Promise<Round[]> => {
  const plaintext = new Uint8Array(pieces * pieceLength);
  for (let offset = 0; offset < plaintext.byteLength; offset += 65_536) {
    crypto.getRandomValues(plaintext.subarray(offset, offset + 65_536));
  }
  const desk = await Desk.open();
  const bare = await BareWebCrypto.start(plaintext);
  const measured: Round[] = [];
  // The first two rounds warm up.
  for (let round = -2; round < rounds; round += 1) {
    const bareSeal = await speed(() => bare.seal());
    const { seal, sealed, record } = await measureSeal(desk, plaintext);
    const bareOpen = await speed(() => bare.open());
    const open = await measureOpen(desk, sealed, record);
    if (round >= 0) measured.push({ seal, bareSeal, open, bareOpen });
  }
  return measured;
};

const measureSeal = async (desk: Desk, plaintext: Uint8Array) => {
  const chunks: Uint8Array[] = [];
  const run = await desk.startRun(async (piece) => {
    chunks.push(...piece.chunks);
  });
  const writer = run.writable.getWriter();
  const seal = await speed(async () => {
    for (let offset = 0; offset < plaintext.byteLength; offset += chunkLength) {
      await writer.write(plaintext.subarray(offset, offset + chunkLength));
    }
    await writer.close();
  });
  const sealed = new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
  return { seal, sealed, record: await run.record };
};

const measureOpen = async (desk: Desk, sealed: Uint8Array, record: RunRecord): Promise<number> => {
  const reader = await desk.openRun(bytesSource(sealed), record);
  return await speed(async () => {
    const stream = reader.stream().getReader();
    while (!(await stream.read()).done);
  });
};

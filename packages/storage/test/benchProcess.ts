// Stores parts as fast as they go, in a process of its own, for e2e/bench/recording, which prints what is sent.
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startTemporaryGateway } from '@sotto/infra/ceph';
import { initialiseFilesystemStore, openFilesystemStore } from '../src/filesystem/index.ts';
import type { ObjectStore, PartName } from '../src/index.ts';
import { Connection } from '../src/s3/connection.ts';
import { installBucket, openS3Store, type S3Options } from '../src/s3/index.ts';
import { signTicket } from '../src/s3/ticket.ts';
import { chunked, freshFolder, pattern, runPart } from './harness.ts';

const lengths = [1_048_576, 262_144] as const;
const rounds = 9;
const warmingUp = 1;
const octetsARound = 4 * 1_048_576;
/** As a request's body comes. */
const chunkLength = 65_536;
const ticketMs = 600_000;

/** Octets a second, of each round. */
interface Measured {
  readonly where: 'gateway' | 'folder';
  readonly way: string;
  readonly length: number;
  readonly rates: readonly number[];
}

type Way = (name: PartName, content: Uint8Array<ArrayBuffer>) => Promise<unknown>;

const created = async (store: ObjectStore, name: PartName, content: Uint8Array): Promise<void> => {
  const { tag } = await store.create(name, chunked(content, chunkLength));
  if (tag !== 'created') throw new Error(tag);
};

/** The ways take turns, in each round in another order; each part is new, and goes after its round. */
async function compare(
  where: Measured['where'],
  ways: Readonly<Record<string, Way>>,
  forget: (name: PartName) => Promise<unknown>,
): Promise<void> {
  for (const length of lengths) {
    const content = pattern(length);
    const rates = new Map<string, number[]>(Object.keys(ways).map((way) => [way, []]));
    for (let round = -warmingUp; round < rounds; round += 1) {
      for (const [way, put] of Object.entries(ways).sort(() => Math.random() - 0.5)) {
        const folder = freshFolder();
        const names = Array.from({ length: octetsARound / length }, (_, index) => runPart(folder, 0, index));
        const began = performance.now();
        for (const name of names) await put(name, content);
        const seconds = (performance.now() - began) / 1000;
        if (round >= 0) rates.get(way)?.push(octetsARound / seconds);
        for (const name of names) await forget(name);
      }
    }
    for (const [way, found] of rates) {
      process.send?.({ where, way, length, rates: found } satisfies Measured);
    }
  }
}

async function measureGateway(): Promise<void> {
  const gateway = await startTemporaryGateway();
  try {
    const { endpoint, accessKeyId, secretAccessKey } = gateway;
    const credentials = { accessKeyId, secretAccessKey };
    const [region, bucket] = ['us-east-1', 'vault'];
    const options: S3Options = {
      ...{ endpoint, region, bucket, credentials, encryption: null, retentionMode: 'COMPLIANCE' },
      now: () => new Date(),
    };
    await installBucket(options, { origins: ['https://clinic.example'] });
    const store = await openS3Store(options);
    const connection = new Connection(options);
    const plain = new S3Client({ endpoint, region, forcePathStyle: true, credentials });
    const ways: Record<string, Way> = {
      'plain SDK': (name, content) => plain.send(new PutObjectCommand({ Bucket: bucket, Key: name, Body: content })),
      store: (name, content) => created(store, name, content),
      ticket: async (name, body) => {
        const signedAt = new Date();
        const expires = new Date(signedAt.getTime() + ticketMs);
        const { url, headers } = await signTicket(connection, { name, length: body.byteLength, signedAt, expires });
        const response = await fetch(url, { method: 'PUT', headers, body });
        await response.body?.cancel();
        if (!response.ok) throw new Error('not stored');
      },
    };
    await compare('gateway', ways, (name) => store.delete(name));
    for (const client of [store, connection]) client.close();
    plain.destroy();
  } finally {
    await gateway.remove();
  }
}

async function measureFolder(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-bench-storage-'));
  try {
    const root = join(folder, 'store');
    await initialiseFilesystemStore(root);
    const store = await openFilesystemStore({ root, ticketKey: pattern(32), now: () => new Date() });
    const write = async (name: PartName, content: Uint8Array, isKept: boolean): Promise<void> => {
      const path = join(folder, 'plain', name);
      await mkdir(join(path, '..'), { recursive: true });
      const file = await open(path, 'wx');
      await file.writeFile(content);
      if (isKept) await file.sync();
      await file.close();
    };
    const ways: Record<string, Way> = {
      'plain write': (name, content) => write(name, content, false),
      'plain write and fsync': (name, content) => write(name, content, true),
      store: (name, content) => created(store, name, content),
      ticket: async (name, content) => {
        const expires = new Date(Date.now() + ticketMs);
        const ticket = await store.presignPart(name, { length: content.byteLength, expires });
        if (ticket.tag !== 'path') throw new Error(ticket.tag);
        const { tag } = await store.redeem(ticket.path, chunked(content, chunkLength));
        if (tag !== 'created') throw new Error(tag);
      },
    };
    await compare('folder', ways, async (name) => {
      await store.delete(name);
      await rm(join(folder, 'plain', name), { force: true });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await measureFolder();
await measureGateway();
process.disconnect();

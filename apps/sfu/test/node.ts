import { randomBytes, randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { Writable } from 'node:stream';
import { peerId, roomId } from '@sotto/protocol/ids';
import type { Result } from '@sotto/protocol/result';
import type { SfuCommandName, SfuEvent, SfuEventName, SfuReply, SfuRequest } from '@sotto/protocol/sfuControl';
import { createLog } from '@sotto/service/log';
import { createCommandRunner } from '../src/commands.ts';
import { Rooms } from '../src/rooms.ts';
import { WorkerPool } from '../src/workerPool.ts';

const newId = () => randomBytes(16).toString('base64url');
export const newRoom = () => roomId.parse(newId());
export const newPeer = () => peerId.parse(newId());

/** The worker binary that the test command supplies. */
export function workerBin(): string {
  const bin = process.env['MEDIASOUP_WORKER_BIN'];
  if (bin === undefined) throw new Error('MEDIASOUP_WORKER_BIN is not set');
  return bin;
}

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

/** Ports in a row that nobody has, below those that the system gives to outgoing connections. */
export async function freePorts(count: number): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const first = randomInt(10_000, 20_000);
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(first + index)));
    if (free.every(Boolean)) return first;
  }
  throw new Error('no free ports');
}

export const silentLog = () => createLog('sfu', [], new Writable({ write: (_chunk, _encoding, done) => done() }));

export interface TestNode {
  readonly pool: WorkerPool;
  readonly rooms: Rooms;
  readonly rtcPort: number;
  /** What signaling would have been told. */
  readonly events: { readonly name: SfuEventName; readonly event: unknown }[];
  /** Any command as it comes over the link. */
  run(name: string, payload: unknown): Promise<Result<unknown>>;
  command<N extends SfuCommandName>(name: N, request: SfuRequest<N>): Promise<Result<SfuReply<N>>>;
  heard<N extends SfuEventName>(name: N): SfuEvent<N>[];
  /** Moves the node's clock ahead, ms. */
  passTime(ms: number): void;
  close(): void;
}

/** Rooms on real workers, without the link to signaling. */
export async function startTestNode(workers: number): Promise<TestNode> {
  const events: { name: SfuEventName; event: unknown }[] = [];
  let ahead = 0;
  const log = silentLog();
  const rooms = new Rooms({
    workers: () => pool.live,
    emit: (name, event) => events.push({ name, event }),
    now: () => performance.now() + ahead,
    log,
  });
  const rtcPort = await freePorts(workers);
  const pool: WorkerPool = new WorkerPool({
    workers,
    rtcPort,
    listen: [{ ip: '127.0.0.1', announcedAddress: '192.0.2.7' }],
    workerBin: workerBin(),
    random: () => 0,
    log,
    onDied: (index) => rooms.workerDied(index),
    onChange: () => undefined,
  });
  await pool.start();
  const run = createCommandRunner(rooms, log);
  return {
    pool,
    rooms,
    rtcPort,
    events,
    run,
    command: async (name, request) => (await run(name, request)) as never,
    heard: (name) => events.filter((one) => one.name === name).map(({ event }) => event as never),
    passTime: (ms) => {
      ahead += ms;
    },
    close: () => {
      rooms.closeAll();
      pool.close();
    },
  };
}

import { afterEach, describe, expect, test } from 'vitest';
import { WorkerPool } from '../src/workerPool.ts';
import { freePorts, newRoom, silentLog, startTestNode, type TestNode, workerBin } from './node.ts';

const nodes: TestNode[] = [];
afterEach(() => {
  for (const node of nodes.splice(0)) node.close();
});

async function start(workers: number): Promise<TestNode> {
  const node = await startTestNode(workers);
  nodes.push(node);
  return node;
}
const workerOf = (node: TestNode, id: ReturnType<typeof newRoom>) => node.rooms.find(id)?.workerIndex;
function kill(node: TestNode, index: number): void {
  const pid = node.pool.live.find((one) => one.index === index)?.worker.pid;
  if (pid === undefined) throw new Error('no such worker');
  process.kill(pid, 'SIGKILL');
}

describe('a worker that is killed', () => {
  test('takes its own rooms along and no others, is reported, and replaced on the same port', async () => {
    const node = await start(2);
    const rooms = [newRoom(), newRoom(), newRoom(), newRoom()];
    for (const roomId of rooms) await node.command('room:open', { roomId });
    const onFirst = rooms.filter((id) => workerOf(node, id) === 0);
    const onSecond = rooms.filter((id) => workerOf(node, id) === 1);
    expect([onFirst.length, onSecond.length]).toEqual([2, 2]);
    kill(node, 0);
    await expect.poll(() => node.heard('room:lost')).toEqual([{ roomIds: onFirst }]);
    for (const id of onFirst) expect(node.rooms.find(id)).toBeUndefined();
    for (const id of onSecond) expect(workerOf(node, id)).toBe(1);
    await expect.poll(() => node.pool.live.length, { timeout: 5000 }).toBe(2);
    const [roomId] = onFirst;
    if (!roomId) throw new Error('no room');
    expect(await node.command('room:open', { roomId })).toMatchObject({ ok: true });
    expect(workerOf(node, roomId)).toBe(0);
  });

  test('and was the only one leaves no place for a room until there is a new one', async () => {
    const node = await start(1);
    kill(node, 0);
    // The next one is there soon: to see the gap takes a close look.
    await expect.poll(() => node.pool.live.length, { interval: 2, timeout: 5000 }).toBe(0);
    const roomId = newRoom();
    expect(await node.command('room:open', { roomId })).toEqual({ ok: false, code: 'unavailable' });
    await expect.poll(() => node.pool.live.length, { timeout: 5000 }).toBe(1);
    expect(await node.command('room:open', { roomId })).toMatchObject({ ok: true });
  });
});

describe('a pool doesn’t start', () => {
  const options = async (bin: string) => ({
    workers: 1,
    rtcPort: await freePorts(1),
    listen: [{ ip: '127.0.0.1' }],
    workerBin: bin,
    random: () => 0,
    log: silentLog(),
    onDied: () => undefined,
    onChange: () => undefined,
  });

  test('without a worker binary', async () => {
    await expect(new WorkerPool(await options('/nonexistent/worker')).start()).rejects.toThrow();
  });

  test('on a port that is taken', async () => {
    const taken = await options(workerBin());
    const first = new WorkerPool(taken);
    await first.start();
    const second = new WorkerPool(taken);
    await expect(second.start()).rejects.toThrow();
    expect(second.live).toEqual([]);
    first.close();
  });
});

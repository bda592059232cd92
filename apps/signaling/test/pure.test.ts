import { nodeId, peerId, producerId, roomId, type VisitId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import { StartError } from '@sotto/service/errors';
import { describe, expect, test } from 'vitest';
import type { ConnectionId } from '../src/effect.ts';
import { MediaRooms } from '../src/mediaRooms.ts';
import { Roster } from '../src/roster.ts';
import { readSettings } from '../src/settings.ts';
import type { SfuCommand } from '../src/sfuLink.ts';
import { SfuNodes } from '../src/sfuNodes.ts';
import { Tally } from '../src/tally.ts';
import { UsedTickets } from '../src/usedTickets.ts';
import { newId, newPerson, newVisit, type Person } from './clinic.ts';
import { silentLog } from './server.ts';

const aNode = () => nodeId.parse(newId());
const aRoom = () => roomId.parse(newId());

test('a ticket is remembered until it has expired', () => {
  const used = new UsedTickets();
  expect(used.use('a', 100)).toBe(true);
  expect(used.use('a', 100)).toBe(false);
  used.forget(99);
  expect(used.use('a', 100)).toBe(false);
  used.forget(100);
  expect(used.size).toBe(0);
});

test('refusals are counted by kind, and told once', () => {
  const tally = new Tally();
  tally.add('invalid');
  tally.add('invalid');
  tally.add('wrongOrigin');
  expect(tally.take()).toEqual([
    { reason: 'invalid', count: 2 },
    { reason: 'wrongOrigin', count: 1 },
  ]);
  expect(tally.take()).toEqual([]);
});

test('of those who are gone a visit remembers the last admissions, as many as it has places', () => {
  const roster = new Roster(2);
  const visit = newVisit();
  const people = [1, 2, 3].map(() => newPerson(visit, 'patient'));
  const enter = (person: Person) =>
    roster.enter({ ...person, until: Number.MAX_SAFE_INTEGER, connection: newId() as ConnectionId }, 0, () =>
      peerId.parse(newId()),
    );
  for (const person of people) {
    const entered = enter(person);
    if (typeof entered === 'string') throw new Error(entered);
    roster.admit(entered.participant);
    roster.depart(entered.participant);
  }
  expect(people.map((person) => roster.isAdmitted(person))).toEqual([false, true, true]);
  expect(
    people.map(enter).map((entered) => (typeof entered === 'string' ? entered : entered.participant.presence)),
  ).toEqual(['waiting', 'present', 'full']);
});

describe('rooms go', () => {
  test('to the node with the least to do for each worker', () => {
    const nodes = new SfuNodes();
    const [small, big] = [aNode(), aNode()];
    nodes.add(small, 1);
    nodes.add(big, 4);
    nodes.place(aRoom(), big);
    expect(nodes.leastLoaded()).toBe(small);
    nodes.place(aRoom(), small);
    expect(nodes.leastLoaded()).toBe(big);
    nodes.report(big, { workers: 4, rooms: 1, consumers: 100 });
    expect(nodes.leastLoaded()).toBe(small);
  });

  test('to no node without a live worker', () => {
    const nodes = new SfuNodes();
    const only = aNode();
    nodes.add(only, 1);
    nodes.report(only, { workers: 0, rooms: 0, consumers: 0 });
    expect(nodes.leastLoaded()).toBeUndefined();
  });

  test('with their node', () => {
    const nodes = new SfuNodes();
    const node = aNode();
    const room = aRoom();
    nodes.add(node, 1);
    nodes.place(room, node);
    expect(nodes.remove(node)).toEqual([room]);
    expect(nodes.leastLoaded()).toBeUndefined();
  });
});

describe('a visit’s room', () => {
  /** Rooms on nodes whose answers a test gives by hand. */
  function scene() {
    const asked: { name: string; answer: (result: Result<unknown>) => void }[] = [];
    const told: string[] = [];
    const ask = (_node: unknown, name: string) =>
      new Promise<Result<unknown>>((answer) => {
        asked.push({ name, answer });
      });
    const command = ask as SfuCommand;
    const rooms = new MediaRooms({
      command,
      newRoom: aRoom,
      onMoved: () => told.push('moved'),
      onUnavailable: () => told.push('unavailable'),
      log: silentLog(),
    });
    const answerNext = async (result: Result<unknown> = accepted({ rtpCapabilities: {} })) => {
      asked.shift()?.answer(result);
      await new Promise(setImmediate);
    };
    return { rooms, asked, told, answerNext };
  }
  const visit: VisitId = newVisit();

  test('is opened once, however many ask for it', async () => {
    const { rooms, asked, told, answerNext } = scene();
    rooms.nodeUp(aNode(), 1);
    const both = [rooms.ensure(visit), rooms.ensure(visit)];
    expect(asked.map(({ name }) => name)).toEqual(['room:open']);
    await answerNext();
    const [one, other] = await Promise.all(both);
    expect(one).toBe(other);
    expect(told).toEqual([]);
  });

  test('whose node goes away while it is being opened is opened on another', async () => {
    const { rooms, asked, told, answerNext } = scene();
    const first = aNode();
    rooms.nodeUp(first, 1);
    const room = rooms.ensure(visit);
    const second = aNode();
    rooms.nodeUp(second, 1);
    rooms.nodeDown(first);
    await answerNext(refused('unavailable'));
    await answerNext();
    expect(await room).toMatchObject({ node: second });
    expect(asked).toEqual([]);
    expect(told).toEqual([]);
  });

  test('of a visit that ended meanwhile is closed as soon as it is there', async () => {
    const { rooms, asked, answerNext } = scene();
    rooms.nodeUp(aNode(), 1);
    const room = rooms.ensure(visit);
    rooms.close(visit);
    await answerNext();
    expect(await room).toBeUndefined();
    expect(asked.map(({ name }) => name)).toEqual(['room:close']);
  });

  test('asked for again while the one given up is still being opened is its own', async () => {
    const { rooms, asked, told, answerNext } = scene();
    rooms.nodeUp(aNode(), 1);
    const first = rooms.ensure(visit);
    rooms.close(visit);
    const second = rooms.ensure(visit);
    expect(asked.map(({ name }) => name)).toEqual(['room:open', 'room:open']);
    await answerNext();
    expect(await first).toBeUndefined();
    expect(asked.map(({ name }) => name)).toEqual(['room:open', 'room:close']);
    await answerNext();
    const room = await second;
    expect(room).toBeDefined();
    expect(await rooms.ensure(visit)).toBe(room);
    expect(told).toEqual([]);
  });

  test('without a node: told once, and again when there is one', async () => {
    const { rooms, told, answerNext } = scene();
    expect(await rooms.ensure(visit)).toBeUndefined();
    expect(await rooms.ensure(visit)).toBeUndefined();
    expect(told).toEqual(['unavailable']);
    rooms.nodeUp(aNode(), 1);
    await answerNext();
    expect(told).toEqual(['unavailable', 'moved']);
  });

  test('answers about the room before say nothing about the one after', async () => {
    const { rooms, asked, answerNext } = scene();
    const node = aNode();
    rooms.nodeUp(node, 1);
    const opening = rooms.ensure(visit);
    await answerNext();
    const before = await opening;
    if (!before) throw new Error('no room');
    const request = { peerId: peerId.parse(newId()), producerId: producerId.parse(crypto.randomUUID()) };
    const closing = rooms.command(visit, 'producer:close', request, () => undefined);
    await new Promise(setImmediate);
    rooms.roomsLost(node, [before.roomId]);
    await answerNext(accepted({}));
    expect(await closing).toEqual({ ok: false, code: 'unavailable' });
    expect(asked.map(({ name }) => name)).toEqual(['room:open']);
  });

  test('is left for another one when its node doesn’t confirm that a peer is out', async () => {
    const { rooms, asked, told, answerNext } = scene();
    rooms.nodeUp(aNode(), 1);
    const opening = rooms.ensure(visit);
    await answerNext();
    const before = await opening;
    rooms.closePeer(visit, peerId.parse(newId()));
    await answerNext(refused('unavailable'));
    expect(asked.map(({ name }) => name)).toEqual(['room:open', 'room:close']);
    await answerNext();
    expect(told).toEqual(['moved']);
    const after = await rooms.ensure(visit);
    expect(after?.roomId).not.toBe(before?.roomId);
  });

  test('is not asked for what is no longer allowed when its turn comes', async () => {
    const { rooms, asked, answerNext } = scene();
    rooms.nodeUp(aNode(), 1);
    const request = { peerId: peerId.parse(newId()), direction: 'send' as const };
    const making = rooms.command(visit, 'transport:create', request, () => refused('wrongState'));
    await answerNext();
    expect(await making).toEqual({ ok: false, code: 'wrongState' });
    expect(asked).toEqual([]);
  });
});

describe('settings', () => {
  const source = {
    SIGNALING_HOST: '127.0.0.1',
    SIGNALING_PORT: '8444',
    SIGNALING_TLS_CERT: '/nonexistent/cert.pem',
    SIGNALING_TLS_KEY: '/nonexistent/key.pem',
    SIGNALING_ORIGINS: 'https://clinic.test:8443',
    SIGNALING_CLINIC_ID: 'A'.repeat(22),
    SIGNALING_IDENTITY_KEYS_FILE: '/nonexistent/keys.json',
    SIGNALING_CONTROL_HOST: '127.0.0.1',
    SIGNALING_CONTROL_PORT: '8445',
    SIGNALING_CONTROL_CERT: '/nonexistent/cert.pem',
    SIGNALING_CONTROL_KEY: '/nonexistent/key.pem',
    SIGNALING_CONTROL_CA: '/nonexistent/ca.pem',
  };

  test.each([
    [{ SIGNALING_PORT: '0' }, 'SIGNALING_PORT'],
    [{ SIGNALING_ORIGINS: 'http://clinic.test' }, 'SIGNALING_ORIGINS'],
    [{ SIGNALING_ORIGINS: 'https://clinic.test/path' }, 'SIGNALING_ORIGINS'],
    [{ SIGNALING_CLINIC_ID: 'clinic' }, 'SIGNALING_CLINIC_ID'],
    [{}, 'SIGNALING_IDENTITY_KEYS_FILE'],
  ])('%j are refused with a sentence', (changed, named) => {
    const read = () => readSettings({ ...source, ...changed });
    expect(read).toThrow(StartError);
    expect(read).toThrow(named);
  });
});

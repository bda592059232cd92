import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { errorCode } from '@sotto/protocol/errors';
import { clientEvents, maxMessageBytes } from '@sotto/protocol/signaling';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { TestClient } from './client.ts';
import { newPerson } from './clinic.ts';
import { malformed, outOfOrder, type RawEvent } from './requests.ts';
import { startTestServer, type TestServer } from './server.ts';
import { Cast, someBytes } from './story.ts';

const typedRefusal = z.strictObject({
  ok: z.literal(false),
  code: errorCode,
  retryAfterMs: z.int().nonnegative().optional(),
});
const unlimited = {
  eventsPerConnection: 1_000_000,
  eventsPerAddress: 1_000_000,
  offencesPerConnection: 1_000_000,
  offencesPerAddress: 1_000_000,
};

let server: TestServer;
const cast = new Cast(() => server);

beforeAll(async () => {
  server = await startTestServer(unlimited);
});
afterEach(() => cast.leave());
afterAll(() => server.close());

const send = ({ socket }: TestClient, { name, parts }: RawEvent): Promise<unknown> =>
  socket.timeout(5000).emitWithAck(name, ...parts);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** Two people in a call, who must notice nothing, and those who try. */
async function scene() {
  const { group, physician, patients } = await cast.group(2);
  const [patient, insider] = patients;
  if (!patient || !insider) throw new Error('no patients');
  const { visit } = physician.person;
  const waiting = await cast.patientAtDoor(physician);
  const silent = await cast.join(newPerson(visit, 'patient'));
  await physician.hears('visit:roster', ({ roster }) => roster.length === 4);
  const call = [physician, patient];
  // There is no SFU here: everyone is told once, now.
  await physician.ask('sfu:capabilities', {});
  for (const client of call) await client.hears('sfu:unavailable');
  for (const client of call) client.told.splice(0);

  /** The call goes on: state as it was, words still arrive, and nobody was told anything. */
  const isUnmoved = async (before: unknown) => {
    const message = someBytes();
    expect(await physician.ask('mls:application', { groupId: group, message })).toEqual({ ok: true, value: {} });
    const heard = await patient.hears('mls:application');
    expect(Buffer.from(heard.message).equals(message)).toBe(true);
    expect(await snapshot()).toEqual(before);
    for (const client of call) {
      expect(client.socket.connected).toBe(true);
      expect(client.told.filter(({ event }) => event !== 'visit:roster')).toEqual([]);
    }
  };
  const snapshot = () => physician.enterPresent();
  return { group, physician, patient, insider, waiting, silent, snapshot, isUnmoved };
}

describe('whatever is sent', () => {
  test('1,200 malformed events get typed refusals and change nothing', async () => {
    const { physician, insider, waiting, silent, snapshot, isUnmoved } = await scene();
    const before = await snapshot();
    const sender = fc.constantFrom(physician, insider, waiting, silent);
    const heapBefore = heapUsed();
    await fc.assert(
      fc.asyncProperty(sender, malformed, async (client, event) => {
        // What the generator got right by chance isn't malformed.
        const known = Object.entries(clientEvents).find(([name]) => name === event.name)?.[1];
        fc.pre(known === undefined || event.parts.length !== 1 || !known.request.safeParse(event.parts[0]).success);
        expect(typedRefusal.parse(await send(client, event)).code).toBe('invalid');
      }),
      { numRuns: 1_200 },
    );
    expect(heapUsed() - heapBefore).toBeLessThan(8 * 1024 * 1024);
    await isUnmoved(before);
    for (const client of [insider, waiting, silent]) expect(client.socket.connected).toBe(true);
  });

  test('600 well-formed events at the wrong moment get typed refusals and change nothing', async () => {
    const { insider, waiting, silent, snapshot, isUnmoved } = await scene();
    const before = await snapshot();
    const heapBefore = heapUsed();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(waiting, silent), outOfOrder, async (client, event) => {
        expect(['wrongState', 'forbidden']).toContain(typedRefusal.parse(await send(client, event)).code);
      }),
      { numRuns: 400 },
    );
    // A member's messages to a group that isn't theirs, things that don't exist, an SFU that isn't there.
    const byMember = outOfOrder.filter(({ name }) => name !== 'mls:rejoin');
    await fc.assert(
      fc.asyncProperty(byMember, async (event) => {
        typedRefusal.parse(await send(insider, event));
      }),
      { numRuns: 200 },
    );
    expect(heapUsed() - heapBefore).toBeLessThan(8 * 1024 * 1024);
    await isUnmoved(before);
  });

  test('300 events without an acknowledgement are counted and change nothing', async () => {
    const { insider, waiting, snapshot, isUnmoved } = await scene();
    const before = await snapshot();
    const counted = server.running.tally.count('noAcknowledgement');
    const events = fc.sample(fc.oneof(malformed, outOfOrder), 300);
    for (const { name, parts } of events) waiting.socket.emit(name, ...parts);
    insider.socket.emit('visit:leave', {});
    await expect.poll(() => server.running.tally.count('noAcknowledgement')).toBe(counted + 301);
    await isUnmoved(before);
  });
});

describe('what is too big for any message', () => {
  test('ends the connection that sent it, and no other', async () => {
    const { insider, snapshot, isUnmoved } = await scene();
    const before = await snapshot();
    insider.socket.emit('mls:application', { message: new Uint8Array(maxMessageBytes + 1) }, () => undefined);
    await insider.isCutOff();
    const back = await cast.join(insider.person);
    await back.enterPresent();
    const { roster } = await snapshot();
    await isUnmoved({ ...before, roster });
  });

  test('as are too many parts of bytes in one message', async () => {
    const { insider, snapshot, isUnmoved } = await scene();
    const before = await snapshot();
    const parts = Array.from({ length: 30 }, () => someBytes(8));
    insider.socket.emit('mls:commit', { parts }, () => undefined);
    await insider.isCutOff();
    const back = await cast.join(insider.person);
    await back.enterPresent();
    const { roster } = await snapshot();
    await isUnmoved({ ...before, roster });
  });
});

test('who goes on sending nonsense is cut off, and their call with it only for them', async () => {
  const strict = await startTestServer();
  const own = new Cast(() => strict);
  const { group, physician, patients } = await own.group(1);
  const [patient] = patients;
  const waiting = await own.patientAtDoor(physician);
  for (let count = 0; count < 60; count += 1) waiting.socket.emit('nonsense', {}, () => undefined);
  await waiting.isCutOff();
  const message = someBytes();
  expect(await physician.ask('mls:application', { groupId: group, message })).toEqual({ ok: true, value: {} });
  await patient?.hears('mls:application');
  own.leave();
  await strict.close();
});

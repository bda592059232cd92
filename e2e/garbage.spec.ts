import { randomBytes, randomUUID } from 'node:crypto';
import { errorCode } from '@sotto/protocol/errors';
import { clientEvents, maxMessageBytes } from '@sotto/protocol/signaling';
import fc from 'fast-check';
import * as z from 'zod';
import { FrameReader } from './clip/frameReader.ts';
import { expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { meet } from './meeting.ts';
import { ClinicClient } from './system/clinicClient.ts';
import { findProcess, residentBytes } from './system/processes.ts';
import { RawSignaling } from './system/rawSignaling.ts';
import type { RunningSystem } from './system/runningSystem.ts';

const cases = 1000;
/** Garbage may leave buffers and compiled code behind, not what grows with every message. */
const grownAtMost = 48 * 1024 * 1024;

const refusal = z.strictObject({
  ok: z.literal(false),
  code: errorCode,
  retryAfterMs: z.number().optional(),
});
const answer = z.discriminatedUnion('ok', [refusal, z.object({ ok: z.literal(true), value: z.unknown() })]);

const names = Object.keys(clientEvents);
const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('base64url'));
const leaf = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64url'));
const octets = fc.uint8Array({ minLength: 1, maxLength: 256 }).map((bytes) => Buffer.from(bytes));

/** Requests of the declared shape at a moment that isn't theirs: they name what doesn't exist. */
const outOfOrder = fc.oneof(
  fc.record({ event: fc.constant('sfu:resumeConsumer'), request: fc.record({ consumerId: fc.uuid() }) }),
  fc.record({ event: fc.constant('sfu:restartIce'), request: fc.record({ transportId: fc.uuid() }) }),
  fc.record({ event: fc.constant('sfu:closeProducer'), request: fc.record({ producerId: fc.uuid() }) }),
  fc.record({
    event: fc.constant('mls:commit'),
    request: fc.record({
      groupId: leaf,
      epoch: fc.nat(),
      commit: octets,
      welcomes: fc.constant([]),
      removed: fc.constant([]),
    }),
  }),
  fc.record({ event: fc.constant('mls:application'), request: fc.record({ groupId: leaf, message: octets }) }),
  fc.record({ event: fc.constant('mls:resume'), request: fc.record({ groupId: leaf, epoch: fc.nat() }) }),
  fc.record({ event: fc.constant('waiting:admit'), request: fc.record({ participantId: id }) }),
);

/** Declared events with anything in them, and events that nobody declared. */
const shapeless = fc.record({
  event: fc.oneof(
    fc.constantFrom(...names),
    fc.constantFrom('__proto__', 'constructor', 'visit:enter ', ''),
    fc.string(),
  ),
  request: fc.oneof(
    fc.anything({ withBigInt: false, withDate: false, withMap: false, withSet: false, withTypedArray: false }),
    fc.record({ participantId: fc.anything({ withBigInt: false }) }),
    fc.record({ transportId: fc.uuid(), kind: fc.string(), rtpParameters: fc.object() }),
    fc.record({ keyPackage: fc.oneof(octets, fc.constant(Buffer.alloc(0)), fc.constant(Buffer.alloc(20_000))) }),
    octets,
  ),
});

/** Socket.IO reserves these for itself; a client library refuses to send them. */
const reserved = new Set(['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener']);

const newLeaf = (): string => randomBytes(32).toString('base64url');

/** Keeps a connection open that gets closed now and then, as somebody does who means it. */
class Attacker {
  readonly #system: RunningSystem;
  readonly #newTicket: () => Promise<string>;
  #connection: RawSignaling | undefined;
  connections = 0;

  constructor(system: RunningSystem, newTicket: () => Promise<string>) {
    this.#system = system;
    this.#newTicket = newTicket;
  }

  async connection(): Promise<RawSignaling> {
    if (this.#connection?.isOpen) return this.#connection;
    const ticket = await this.#newTicket();
    this.#connection = await RawSignaling.connect(this.#system, { v: 1, ticket });
    this.connections += 1;
    await this.#connection.send('visit:enter', { keyPackage: randomBytes(200) });
    return this.#connection;
  }

  close(): void {
    this.#connection?.close();
  }
}

test('a thousand garbage events get typed refusals, and a call goes on as if nothing were', async ({
  physicianPage,
  patientPage,
  system,
}) => {
  test.setTimeout(240_000);
  const { physician, patientName } = await meet({ physicianPage, patientPage, system }, marked('Uma Petrov'));
  const staff = new ClinicClient(system);
  await staff.signIn();
  const { visitId, link } = await staff.createVisit(marked('Victor Hahn'));
  const stranger = new ClinicClient(system);
  await stranger.join(link);
  const attackers = [
    new Attacker(system, () => stranger.ticket(newLeaf())),
    new Attacker(system, () => staff.ticket(newLeaf(), visitId)),
  ];
  const server = findProcess(system.pid, 'apps/signaling/src/main.ts').pid;
  const sfu = findProcess(system.pid, 'apps/sfu/src/main.ts').pid;
  for (const attacker of attackers) await attacker.connection();
  const before = { server: residentBytes(server), sfu: residentBytes(sfu) };

  await using frames = await FrameReader.start(physician.remoteVideo(patientName));
  const outcomes = new Map<string, number>();
  const garbage = fc
    .sample(fc.oneof(outOfOrder, shapeless), { numRuns: cases, seed: 20_251 })
    .filter(({ event }) => !reserved.has(event));
  const started = performance.now();
  for (const [index, { event, request }] of garbage.entries()) {
    const attacker = attackers[index % attackers.length];
    const connection = await attacker?.connection();
    const result = await connection?.send(event, request);
    if (result?.tag === 'answered') {
      const parsed = answer.parse(result.value);
      outcomes.set(parsed.ok ? 'ok' : parsed.code, (outcomes.get(parsed.ok ? 'ok' : parsed.code) ?? 0) + 1);
    } else {
      outcomes.set(result?.tag ?? 'none', (outcomes.get(result?.tag ?? 'none') ?? 0) + 1);
    }
  }
  for (let index = 0; index < 50; index++) {
    const connection = await attackers[index % attackers.length]?.connection();
    const result = await connection?.send('mls:application', { message: Buffer.alloc(maxMessageBytes + 1 + index) });
    expect(result?.tag, 'an oversize message closes the connection that sent it').toBe('closed');
  }
  const seconds = (performance.now() - started) / 1000;
  const shown = await frames.take();
  for (const attacker of attackers) attacker.close();

  const reconnections = attackers.reduce((sum, attacker) => sum + attacker.connections, 0);
  console.log(
    `garbage: ${JSON.stringify(Object.fromEntries(outcomes))}, ${reconnections} connections, ${seconds.toFixed(0)} s`,
  );
  expect(garbage.length + 50).toBeGreaterThanOrEqual(cases);
  expect(outcomes.get('silent') ?? 0, 'every event gets an answer').toBe(0);
  expect(outcomes.get('internal') ?? 0, 'garbage finds no defect').toBe(0);
  expect(outcomes.get('invalid') ?? 0).toBeGreaterThan(100);
  expect(outcomes.get('ok') ?? 0, 'garbage is refused').toBeLessThan(cases / 20);

  const readable = shown.filter(({ code }) => code !== undefined).length;
  expect(readable / seconds, 'frames a second in the call meanwhile').toBeGreaterThan(15);
  await physicianPage.waitForTimeout(2000);
  const after = { server: residentBytes(server), sfu: residentBytes(sfu) };
  console.log(
    `memory grew by ${((after.server - before.server) / 2 ** 20).toFixed(1)} MiB (signaling), ` +
      `${((after.sfu - before.sfu) / 2 ** 20).toFixed(1)} MiB (SFU)`,
  );
  expect(after.server - before.server).toBeLessThan(grownAtMost);
  expect(after.sfu - before.sfu).toBeLessThan(grownAtMost);
});

test.describe('a stranger', { tag: '@installed' }, () => {
  test('can’t connect to signaling without a ticket of their own, nor twice with one', async ({ system }) => {
    const client = new ClinicClient(system);
    await client.signIn();
    const { link } = await client.createVisit(marked(`Self-test ${randomUUID().slice(0, 8)}`));
    const patient = new ClinicClient(system);
    await patient.join(link);
    const ticket = await patient.ticket(newLeaf());
    const [head, body, signature] = ticket.split('.');
    const forged = `${head}.${Buffer.from('{"role":"physician"}').toString('base64url')}.${signature}`;
    for (const auth of [
      {},
      { v: 1 },
      { v: 2, ticket },
      { v: 1, ticket: forged },
      { v: 1, ticket: `${head}.${body}.` },
      { v: 1, ticket: randomUUID() },
      { v: 1, ticket, role: 'physician' },
    ]) {
      await expect(RawSignaling.connect(system, auth)).rejects.toThrow();
    }
    const first = await RawSignaling.connect(system, { v: 1, ticket });
    await expect(RawSignaling.connect(system, { v: 1, ticket })).rejects.toThrow();
    first.close();
  });
});

import { startTemporaryServer, type TemporaryServer } from '@sotto/infra/postgres';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAttemptLimit } from '../src/attemptLimit.ts';
import { migrate } from '../src/migration.ts';
import { createVisit, joinAsPatient, leaf, startClinic, type TestClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';

let postgres: TemporaryServer;
let clinic: TestClinic;
let physician: HttpClient;
let patient: HttpClient;
beforeAll(async () => {
  postgres = await startTemporaryServer();
  await migrate(postgres.ownerUrl, postgres.appUrl);
  clinic = await startClinic({ databaseUrl: postgres.appUrl });
  physician = await clinic.physician();
  patient = await joinAsPatient(physician, clinic, (await createVisit(physician, clinic)).id);
}, 120_000);
afterAll(async () => {
  await clinic.close();
  await postgres.remove();
});

const askTickets = (count: number) =>
  Array.from(
    { length: count },
    async () => (await patient.send('POST', '/api/join/ticket', { body: { leaf } })).status,
  );
const counted = (statuses: readonly number[], status: number) => statuses.filter((one) => one === status).length;

/** Does something while somebody else holds the row behind which every entry waits. */
async function whileHeld<T>(act: () => Promise<T>): Promise<T> {
  const holder = new Client(postgres.appUrl);
  await holder.connect();
  try {
    await holder.query('begin');
    await holder.query('select * from audit.hold()');
    return await act();
  } finally {
    await holder.end();
  }
}

it('who asks for tickets without end is told to wait, and nobody else is', async () => {
  const statuses = [...(await Promise.all(askTickets(60))), ...(await Promise.all(askTickets(70)))];
  expect([counted(statuses, 200), counted(statuses, 429)]).toEqual([120, 10]);
  await createVisit(physician, clinic);
});

it('acts that wait for the log leave connections to who reads, and too many are refused at once', async () => {
  Object.assign(clinic.context.limits, { changes: createAttemptLimit(1e6, 60) });
  const asked = await whileHeld(async () => {
    const waiting = askTickets(100);
    const refused = (await Promise.race(waiting)) === 503;
    const reads = await Promise.all(
      Array.from({ length: 20 }, async () => (await physician.send('GET', '/api/session')).status),
    );
    return { waiting, refused, reads };
  });
  expect(asked.refused).toBe(true);
  expect(counted(asked.reads, 200)).toBe(20);
  const statuses = await Promise.all(asked.waiting);
  expect(counted(statuses, 200)).toBeGreaterThan(0);
  expect(counted(statuses, 200) + counted(statuses, 503)).toBe(100);
});

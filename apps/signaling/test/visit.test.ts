import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connect, type TestClient } from './client.ts';
import { newPerson, newVisit, type Person } from './clinic.ts';
import { startTestServer, type TestServer } from './server.ts';

let server: TestServer;
const clients: TestClient[] = [];

const join = async (person: Person) => {
  const client = await connect(server, person);
  clients.push(client);
  return client;
};

beforeAll(async () => {
  server = await startTestServer();
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(() => server.close());

/** A physician in the visit and a patient at its door. */
async function arrive() {
  const visit = newVisit();
  const physician = await join(newPerson(visit, 'physician'));
  await physician.enterPresent();
  const patient = await join(newPerson(visit, 'patient'));
  const standing = await patient.enter();
  return { visit, physician, patient, standing };
}

describe('the waiting room', () => {
  test('a patient waits, is seen, is admitted, is in', async () => {
    const { physician, patient, standing } = await arrive();
    expect(standing).toEqual({ ok: true, value: { standing: 'waiting' } });
    expect(await patient.hears('waiting:status')).toMatchObject({ hostPresent: true });
    const { participantId } = patient.person;
    await physician.hears('visit:roster', ({ roster }) =>
      roster.some((entry) => entry.participantId === participantId && entry.presence === 'waiting'),
    );
    expect(await physician.ask('waiting:admit', { participantId })).toEqual({ ok: true, value: {} });
    await patient.hears('visit:admitted');
    const state = await patient.enterPresent();
    expect(state.roster.map((entry) => entry.presence)).toEqual(['present', 'present']);
    await physician.hears('visit:roster', ({ roster }) => roster.every((entry) => entry.presence === 'present'));
  });

  test('a person who comes first waits without a host, and is told when one comes', async () => {
    const visit = newVisit();
    const patient = await join(newPerson(visit, 'patient'));
    await patient.enter();
    expect(await patient.hears('waiting:status')).toMatchObject({ hostPresent: false });
    const physician = await join(newPerson(visit, 'physician'));
    await physician.enterPresent();
    expect(await patient.hears('waiting:status')).toMatchObject({ hostPresent: true });
    physician.drop();
    expect(await patient.hears('waiting:status')).toMatchObject({ hostPresent: false });
  });

  test('a declined person is told so and cut off', async () => {
    const { physician, patient } = await arrive();
    await physician.ask('waiting:decline', { participantId: patient.person.participantId });
    await patient.hears('visit:declined');
    await patient.isCutOff();
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connect, type TestClient } from './client.ts';
import { newPerson, newVisit, type Person } from './clinic.ts';
import { startTestServer, type TestServer } from './server.ts';
import { type SfuProcess, startSfuProcess } from './sfuProcess.ts';

let server: TestServer;
let sfu: SfuProcess;
const clients: TestClient[] = [];

const join = async (person: Person) => {
  const client = await connect(server, person);
  clients.push(client);
  return client;
};

beforeAll(async () => {
  server = await startTestServer();
  sfu = await startSfuProcess(server, { workers: 2 });
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(async () => {
  await sfu.close();
  await server.close();
});

describe('media', () => {
  test('a host gets a room and a transport', async () => {
    const physician = await join(newPerson(newVisit(), 'physician'));
    await physician.enterPresent();
    const capabilities = await physician.ask('sfu:capabilities', {});
    expect(capabilities).toMatchObject({ ok: true });
    const transport = await physician.ask('sfu:createTransport', { direction: 'send' });
    expect(transport).toMatchObject({ ok: true });
  });
});

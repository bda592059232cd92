import { request } from 'node:https';
import { connect as tlsConnect } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Dial } from './client.ts';
import { createTestClinic, newPerson, newVisit, type Person } from './clinic.ts';
import { origin, startTestServer, type TestServer } from './server.ts';
import { Cast } from './story.ts';

let server: TestServer;
const cast = new Cast(() => server);

beforeAll(async () => {
  server = await startTestServer();
});
afterEach(() => cast.leave());
afterAll(() => server.close());

const someone = () => newPerson(newVisit(), 'patient');
const unauthenticated = { data: { code: 'unauthenticated' } };

/** Tries to connect; what came of it when it wasn't taken. */
async function refusal(person: Person, dial: Dial): Promise<unknown> {
  const client = await connect(server, person, dial).catch((fault: unknown) => fault);
  if (client instanceof Error) return client;
  throw new Error('was let in');
}

describe('a ticket', () => {
  test('opens one connection only', async () => {
    const person = someone();
    const ticket = await server.clinic.ticket(person);
    const first = await connect(server, person, { ticket });
    expect(await refusal(person, { ticket })).toMatchObject(unauthenticated);
    first.close();
    expect(await refusal(person, { ticket })).toMatchObject(unauthenticated);
  });

  test('used twice at the same moment opens one connection', async () => {
    const person = someone();
    const ticket = await server.clinic.ticket(person);
    const both = await Promise.allSettled([connect(server, person, { ticket }), connect(server, person, { ticket })]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of both) if (one.status === 'fulfilled') one.value.close();
  });

  test('of before a restart opens nothing: whether it was used isn’t known any more', async () => {
    const own = await startTestServer();
    const person = someone();
    const iat = Math.floor(Date.now() / 1000) - 1;
    const before = await own.clinic.ticket(person, { iat, exp: iat + 120 });
    await expect(connect(own, person, { ticket: before })).rejects.toMatchObject(unauthenticated);
    (await connect(own, person)).close();
    await own.close();
  });

  const seconds = () => Math.floor(Date.now() / 1000);
  test.each<[string, () => Record<string, unknown>]>([
    ['has expired', () => ({ iat: seconds() - 300, exp: seconds() - 90 })],
    ['is for another audience', () => ({ aud: 'sotto/e2ee' })],
    ['comes from another clinic', () => ({ iss: 'A'.repeat(22) })],
    ['has another version', () => ({ v: 2 })],
    ['names an unknown role', () => ({ role: 'admin' })],
    ['has a claim too many', () => ({ name: 'x' })],
    ['has no id of its own', () => ({ jti: undefined })],
    ['has a malformed visit', () => ({ vis: '../visit' })],
  ])('that %s opens nothing', async (_, falsified) => {
    const person = someone();
    const ticket = await server.clinic.ticket(person, falsified());
    expect(await refusal(person, { ticket })).toMatchObject(unauthenticated);
  });

  test('of the other kind of token opens nothing', async () => {
    const person = someone();
    const ticket = await server.clinic.ticket(person, {}, 'sotto-credential+jwt');
    expect(await refusal(person, { ticket })).toMatchObject(unauthenticated);
  });

  test('signed by somebody else opens nothing, even in the name of this clinic', async () => {
    const person = someone();
    const impostor = await createTestClinic(Date.now, server.clinic.id);
    expect(await refusal(person, { ticket: await impostor.ticket(person) })).toMatchObject(unauthenticated);
  });

  test('with a changed claim opens nothing', async () => {
    const person = someone();
    const [header, payload, signature] = (await server.clinic.ticket(person)).split('.');
    const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()) as Record<string, unknown>;
    const changed = Buffer.from(JSON.stringify({ ...claims, role: 'physician' })).toString('base64url');
    expect(await refusal(person, { ticket: `${header}.${changed}.${signature}` })).toMatchObject(unauthenticated);
  });

  test.each([
    ['nothing', undefined],
    ['nothing in it', {}],
    ['another version', { v: 2, ticket: 'a.b.c' }],
    ['no ticket', { v: 1 }],
    ['a ticket that is none', { v: 1, ticket: 'a.b.c' }],
    ['a ticket of 100 KiB', { v: 1, ticket: `${'a'.repeat(100_000)}.b.c` }],
    ['more than asked for', { v: 1, ticket: 'a.b.c', role: 'physician' }],
  ])('in a handshake with %s is refused', async (_, auth) => {
    expect(await refusal(someone(), { auth })).toMatchObject(unauthenticated);
  });
});

test('a handshake that is no object ends the connection', async () => {
  expect(await refusal(someone(), { auth: 'ticket' })).toBeInstanceOf(Error);
});

describe('the listener', () => {
  test.each([
    ['another site', 'https://evil.test'],
    ['another port', 'https://clinic.test'],
    ['plain http', 'http://clinic.test:8443'],
    ['a sandboxed frame', 'null'],
    ['no page at all', undefined],
  ])('takes no connection from %s', async (_, from) => {
    const before = server.running.tally.count('wrongOrigin');
    expect(await refusal(someone(), { origin: from })).toBeInstanceOf(Error);
    expect(server.running.tally.count('wrongOrigin')).toBe(before + 1);
  });

  test.each(['staff', 'visit'])('takes no connection that brings the %s session of the api', async (kind) => {
    const cookie = `theme=dark; __Secure-sotto-${kind}=${'s'.repeat(43)}`;
    const before = server.running.tally.count('forbidden');
    expect(await refusal(someone(), { cookie })).toBeInstanceOf(Error);
    expect(server.running.tally.count('forbidden')).toBe(before + 1);
    (await connect(server, someone(), { cookie: 'theme=dark' })).close();
  });

  test('speaks no TLS 1.2', async () => {
    expect(await refusal(someone(), { maxVersion: 'TLSv1.2' })).toBeInstanceOf(Error);
    const alert = await new Promise<string>((resolve) => {
      const { running, authority } = server;
      const socket = tlsConnect({ host: '127.0.0.1', port: running.port, ca: authority.pem, maxVersion: 'TLSv1.2' });
      socket.on('error', (fault: NodeJS.ErrnoException) => resolve(fault.code ?? fault.message));
      socket.on('secureConnect', () => resolve('connected'));
    });
    expect(alert).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
  });

  test.each(['/socket.io/?EIO=4&transport=polling', '/socket.io/socket.io.js', '/', '/visits/1'])(
    'answers a plain request for %s with an error',
    async (path) => {
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const asked = request(`${server.url}${path}`, { ca: server.authority.pem, headers: { origin } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        asked.on('error', reject).end();
      });
      expect(status).toBeGreaterThanOrEqual(400);
    },
  );

  test('closes a connection that never enters', async () => {
    const client = await cast.join(someone());
    server.passTime(16_000);
    await client.isCutOff();
  });
});

describe('too much', () => {
  test('of connecting from one address is refused for a while', async () => {
    const own = await startTestServer({ connectionsPerAddress: 3 });
    const visit = newVisit();
    const tries = await Promise.allSettled(Array.from({ length: 5 }, () => connect(own, newPerson(visit, 'patient'))));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(own.running.tally.count('rateLimited')).toBe(2);
    await own.close();
  });

  test('of what is refused shuts out the address', async () => {
    const own = await startTestServer({ offencesPerAddress: 10 });
    const client = await connect(own, newPerson(newVisit(), 'physician'));
    for (let count = 0; count < 10; count += 1) await client.ask('visit:end', { v: 1 } as never);
    (await connect(own, someone())).close();
    await client.ask('visit:end', { v: 1 } as never);
    await expect(connect(own, someone())).rejects.toThrow();
    expect(own.running.tally.count('rateLimited')).toBe(1);
    await own.close();
  });

  test('of asking is refused with a time to wait, and cut off when it goes on', async () => {
    const own = await startTestServer({ eventsPerConnection: 20, offencesPerConnection: 10 });
    const client = await connect(own, newPerson(newVisit(), 'physician'));
    await client.enterPresent();
    const answers = await Promise.all(Array.from({ length: 25 }, () => client.ask('sfu:closeConsumer', absent)));
    expect(answers.filter((answer) => !answer.ok && answer.code === 'wrongState')).toHaveLength(0);
    const limited = answers.filter((answer) => !answer.ok && answer.code === 'rateLimited');
    expect(limited).toHaveLength(6);
    for (const answer of limited) expect(answer.ok ? 0 : answer.retryAfterMs).toBeGreaterThan(0);
    for (let more = 0; more < 10; more += 1) client.socket.emit('sfu:closeConsumer', absent, () => undefined);
    await client.isCutOff();
    await own.close();
  });
});

const absent = { consumerId: '00000000-0000-4000-8000-000000000000' as never };

import { request } from 'node:https';
import { endsNames, sessionEndsPath, visitEndsPath } from '@sotto/protocol/ends';
import type { SessionId, VisitId } from '@sotto/protocol/ids';
import { mutualTlsClientOptions, type TlsIdentity } from '@sotto/service/tls';
import { io } from 'socket.io-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect } from './client.ts';
import { newSession, newVisit } from './clinic.ts';
import { startTestServer, type TestServer } from './server.ts';
import { Cast, reloaded } from './story.ts';

let server: TestServer;
let cast: Cast;
beforeEach(async () => {
  server = await startTestServer();
  cast = new Cast(() => server);
});
afterEach(async () => {
  cast.leave();
  await server.close();
});

const identityOf = (name: string) => server.control.issue([{ type: 'dns', value: name }]);

/** What the control port answers; rejects where it cuts the connection. */
function tell(identity: TlsIdentity, body: string, { method = 'POST', path = sessionEndsPath } = {}): Promise<number> {
  const { hostname, port } = new URL(server.controlUrl);
  return new Promise((resolve, reject) => {
    const tls = mutualTlsClientOptions(identity, server.control.pem, endsNames.callee);
    const asked = request({ host: hostname, port, method, path, agent: false, ...tls }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
const ended = (...sessions: readonly SessionId[]) => JSON.stringify({ v: 1, sessions });
const api = () => identityOf(endsNames.caller);

describe('a session that the api says was ended', () => {
  test('loses its socket within two seconds, and its place in the visit, of which the others hear', async () => {
    const { physician, patients } = await cast.group(1);
    const [patient] = patients;
    if (!patient) throw new Error('nobody');
    const before = Date.now();
    expect(await tell(await api(), ended(newSession(), physician.person.session))).toBe(204);
    await physician.isCutOff();
    expect(Date.now() - before).toBeLessThan(2_000);
    const { participantId } = physician.person;
    await patient.hears('visit:roster', ({ roster }) => roster.every((one) => one.participantId !== participantId));
    expect(patient.socket.connected).toBe(true);
  });

  test('has no place any more while its connection is broken either', async () => {
    const { physician, patients } = await cast.group(1);
    const [patient] = patients;
    if (!patient) throw new Error('nobody');
    const { participantId, session } = physician.person;
    physician.drop();
    await patient.hears('visit:roster', ({ roster }) =>
      roster.some((one) => one.participantId === participantId && one.presence === 'away'),
    );
    const before = Date.now();
    expect(await tell(await api(), ended(session))).toBe(204);
    await patient.hears('visit:roster', ({ roster }) => roster.every((one) => one.participantId !== participantId));
    expect(Date.now() - before).toBeLessThan(2_000);
    expect(patient.socket.connected).toBe(true);
  });

  test('opens no socket any more with a ticket that was issued before; another one of that person does', async () => {
    const physician = await cast.physician();
    const again = reloaded(physician.person);
    expect(await tell(await api(), ended(physician.person.session))).toBe(204);
    await physician.isCutOff();
    await expect(connect(server, again)).rejects.toThrow('unauthenticated');
    const anew = await cast.join({ ...again, session: newSession() });
    await anew.enterPresent();
  });

  test('that nobody is here by changes nothing', async () => {
    const physician = await cast.physician();
    expect(await tell(await api(), ended(newSession()))).toBe(204);
    expect(await tell(await api(), ended(newSession()))).toBe(204);
    expect((await physician.ask('mls:resume', { groupId: 'x' } as never)).ok).toBe(false);
    expect(physician.socket.connected).toBe(true);
  });
});

describe('a visit that the api says was ended', () => {
  const over = (...visits: readonly VisitId[]) => JSON.stringify({ v: 1, visits });

  test('is over for everybody in it, and nobody comes back', async () => {
    const { physician, patients } = await cast.group(1);
    const [patient] = patients;
    if (!patient) throw new Error('nobody');
    const again = reloaded(patient.person);
    expect(await tell(await api(), over(patient.person.visit), { path: visitEndsPath })).toBe(204);
    for (const one of [physician, patient]) {
      await one.hears('visit:ended', ({ reason }) => reason === 'endedByHost');
      await one.isCutOff();
    }
    await expect(connect(server, again)).rejects.toThrow('wrongState');
    expect(await tell(await api(), over(patient.person.visit), { path: visitEndsPath })).toBe(204);
  });

  test('that nobody is in changes nothing, nor does a body of another kind', async () => {
    const physician = await cast.physician();
    const identity = await api();
    expect(await tell(identity, over(newVisit()), { path: visitEndsPath })).toBe(204);
    for (const wrong of [over(), over('x' as VisitId), ended(physician.person.session)]) {
      expect(await tell(identity, wrong, { path: visitEndsPath })).toBe(400);
    }
    expect(physician.socket.connected).toBe(true);
  });
});

describe('the word that a session was ended', () => {
  test('counts from the api alone, and as it should be', async () => {
    const physician = await cast.physician();
    const body = ended(physician.person.session);
    expect(await tell(await identityOf('sfu.sotto.internal'), body)).toBe(404);
    await expect(tell(await identityOf('other.sotto.internal'), body)).rejects.toThrow();
    const identity = await api();
    expect(await tell(identity, body, { path: '/v1/sessions' })).toBe(404);
    expect(await tell(identity, body, { method: 'PUT' })).toBe(404);
    for (const wrong of ['', '{', '{"v":2,"sessions":[]}', ended(), ended('x' as SessionId), `[${body}]`]) {
      expect(await tell(identity, wrong)).toBe(400);
    }
    await expect(tell(identity, 'x'.repeat(100_000))).rejects.toThrow();
    expect(physician.socket.connected).toBe(true);
  });

  test('doesn’t make the api an SFU', async () => {
    const identity = await api();
    const socket = io(server.controlUrl, {
      ...{ transports: ['websocket'], reconnection: false, auth: { v: 1, nodeId: newSession(), workers: 1 } },
      ...mutualTlsClientOptions(identity, server.control.pem, endsNames.callee),
    });
    const outcome = await new Promise((resolve) => {
      socket.on('connect', () => resolve('connected'));
      socket.on('connect_error', () => resolve('refused'));
    });
    socket.close();
    expect(outcome).toBe('refused');
  });
});

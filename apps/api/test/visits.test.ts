import { clientConfig, visit, visitList } from '@sotto/protocol/clinic';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { birthDate, createVisit, leaf, signalingUrl, startClinic, type TestClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';

let clinic: TestClinic;
let physician: HttpClient;
beforeAll(async () => {
  clinic = await startClinic();
  physician = await clinic.physician('Dr Ada Test');
});
afterAll(() => clinic.close());

const inHours = (hours: number) => new Date(clinic.context.now().getTime() + hours * 3_600_000).toISOString();
const query = (from: string, to: string) => `/api/visits?${new URLSearchParams({ from, to }).toString()}`;

describe('config and health', () => {
  it('tell a client what it needs before anybody has signed in', async () => {
    const answer = await clinic.visitor().send('GET', '/api/config');
    expect(clientConfig.parse(answer.json)).toEqual({
      clinic: { id: clinic.context.clinicId, name: 'Test Clinic' },
      signalingUrl,
      identityKeys: clinic.context.issuer.publicKeys,
      clinicians: 'any',
      provider: null,
      birthDates: 'required',
    });
    expect(await clinic.visitor().send('GET', '/api/health')).toMatchObject({ status: 200, json: { status: 'ok' } });
  });
});

describe('a clinician', () => {
  it('creates a visit and finds it again', async () => {
    const startsAt = inHours(1);
    const body = { patientName: '  Zoë Ångström ', birthDate, startsAt, minutes: 30 };
    const answer = await physician.send('POST', '/api/visits', { body });
    expect(answer.status).toBe(201);
    const made = visit.parse(answer.json);
    expect(made).toMatchObject({
      patient: { name: 'Zoë Ångström' },
      clinician: { name: 'Dr Ada Test' },
      startsAt,
      minutes: 30,
      status: 'scheduled',
      invitation: { state: 'none' },
    });
    expect(made.patient.participantId).not.toBe(made.clinician.participantId);
    expect((await physician.send('GET', `/api/visits/${made.id}`)).json).toEqual(made);
    const { visits } = visitList.parse((await physician.send('GET', query(inHours(0), inHours(2)))).json);
    expect(visits).toContainEqual(made);
  });

  it('gets visits by start, from inclusive, to exclusive, and nobody else’s', async () => {
    const own = await clinic.physician();
    const later = await createVisit(own, clinic, 'B', 60);
    const sooner = await createVisit(own, clinic, 'A', 50);
    const ids = async (from: string, to: string) =>
      visitList.parse((await own.send('GET', query(from, to))).json).visits.map(({ id }) => id);
    expect(await ids(inHours(0), inHours(100))).toEqual([sooner.id, later.id]);
    expect(await ids(sooner.startsAt, later.startsAt)).toEqual([sooner.id]);
    expect(await ids(inHours(-100), inHours(0))).toEqual([]);
  });

  it.each([
    ['a day and a bit ago', -24.1],
    ['over a year ahead', 24 * 367],
  ])('can not make a visit %s', async (_, hours) => {
    const body = { patientName: 'A', birthDate, startsAt: inHours(hours), minutes: 20 };
    expect(await physician.send('POST', '/api/visits', { body })).toMatchObject({
      status: 400,
      json: { code: 'invalid' },
    });
  });

  it.each([
    ['32 days', 0, 24 * 32],
    ['none of it', 0, 0],
    ['time backwards', 1, 0],
  ])('can not ask for %s', async (_, from, to) => {
    expect((await physician.send('GET', query(inHours(from), inHours(to)))).status).toBe(400);
  });

  it('ends a visit, once or twice', async () => {
    const { id } = await createVisit(physician, clinic);
    for (let round = 0; round < 2; round++) {
      const answer = await physician.send('POST', `/api/visits/${id}/end`);
      expect(visit.parse(answer.json)).toMatchObject({ id, status: 'ended' });
    }
    expect(await physician.send('POST', `/api/visits/${id}/ticket`, { body: { leaf } })).toMatchObject({
      status: 409,
      json: { code: 'wrongState' },
    });
    expect((await physician.send('GET', `/api/visits/${id}/invitation`)).status).toBe(409);
    expect((await physician.send('POST', `/api/visits/${id}/invitation`)).status).toBe(409);
  });
});

/** Every route that needs a session, with a request that would be good. */
const staffRoutes = (id: string) =>
  [
    ['GET', '/api/session', undefined],
    ['GET', query(inHours(0), inHours(1)), undefined],
    ['POST', '/api/visits', { patientName: 'A', birthDate, startsAt: inHours(1), minutes: 20 }],
    ['PUT', `/api/phi/objects/${id}`, { manifest: 'A', run: 'A' }],
    ['GET', `/api/phi/objects/${id}`, undefined],
    ['GET', '/api/keystore/directory', undefined],
    ['GET', '/api/keystore/enrolments', undefined],
    ['GET', `/api/keystore/entries?about=own&nonce=${'A'.repeat(22)}`, undefined],
    ['GET', '/api/keystore/notices', undefined],
    ['POST', '/api/keystore/nonces', undefined],
    ...visitRoutes(id),
  ] as const;
const visitRoutes = (id: string) =>
  [
    ['GET', `/api/visits/${id}`, undefined],
    ['GET', `/api/visits/${id}/invitation`, undefined],
    ['POST', `/api/visits/${id}/invitation`, undefined],
    ['DELETE', `/api/visits/${id}/invitation`, undefined],
    ['POST', `/api/visits/${id}/ticket`, { leaf }],
    ['POST', `/api/visits/${id}/objects`, undefined],
    ['GET', `/api/visits/${id}/objects`, undefined],
    ['POST', `/api/visits/${id}/end`, undefined],
  ] as const;
const patientRoutes = [
  ['GET', '/api/join', undefined],
  ['POST', '/api/join/ticket', { leaf }],
] as const;

describe('every route', () => {
  it('refuses who has no session, and a patient’s session where a clinician’s is needed', async () => {
    const { id } = await createVisit(physician, clinic);
    const patient = clinic.visitor();
    const staffToken = physician.cookies.get('__Secure-sotto-staff') ?? '';
    patient.cookies.set('__Secure-sotto-visit', staffToken);
    for (const client of [clinic.visitor(), patient]) {
      for (const [method, path, body] of [...staffRoutes(id), ...patientRoutes]) {
        const answer = await client.send(method, path, { body });
        expect([method, path, answer.status, answer.json]).toMatchObject([
          method,
          path,
          401,
          { code: 'unauthenticated' },
        ]);
      }
    }
  });

  it('answers another clinician’s visit exactly as one that does not exist, and changes nothing', async () => {
    const { id } = await createVisit(physician, clinic);
    const before = (await physician.send('GET', `/api/visits/${id}`)).json;
    const other = await clinic.physician();
    const shapes = async (target: string) =>
      Promise.all(
        visitRoutes(target).map(async ([method, path, body]) => {
          const { status, json } = await other.send(method, path, { body });
          return [method, path.replace(target, ':id'), status, (json as { code: string }).code];
        }),
      );
    const foreign = await shapes(id);
    expect(new Set(foreign.map(([, , status, code]) => `${status} ${code}`))).toEqual(new Set(['404 notFound']));
    expect(foreign).toEqual(await shapes('n'.repeat(22)));
    expect((await physician.send('GET', `/api/visits/${id}`)).json).toEqual(before);
  });

  it.each(['short', 'a'.repeat(23), `${'a'.repeat(21)}%00`, '..%2f..%2fetc', `${'a'.repeat(21)}'`, 'a'.repeat(300)])(
    'refuses the visit id %s',
    async (id) => {
      for (const [method, path, body] of visitRoutes(id)) {
        const { status, json } = await physician.send(method, path, { body });
        expect([status, (json as { code: string }).code]).toEqual(
          // Ids over the router's own limit meet no route at all.
          id.length > 64 ? expect.arrayContaining([expect.stringMatching(/invalid|notFound/)]) : [400, 'invalid'],
        );
      }
    },
  );
});

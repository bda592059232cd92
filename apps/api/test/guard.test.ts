import { errorBody } from '@sotto/protocol/errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { birthDate, createVisit, leaf, password, secretOf, startClinic, type TestClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';

let clinic: TestClinic;
let physician: HttpClient;
let changes: [method: string, path: string, body?: object][];
beforeAll(async () => {
  clinic = await startClinic();
  physician = await clinic.physician();
  const { id } = await createVisit(physician, clinic);
  const { email } = await clinic.addPhysician();
  changes = [
    ['POST', '/api/session', { email, password }],
    ['DELETE', '/api/session'],
    ['POST', '/api/visits', { patientName: 'A', birthDate, startsAt: new Date().toISOString(), minutes: 20 }],
    ['POST', `/api/visits/${id}/end`],
    ['POST', `/api/visits/${id}/invitation`],
    ['DELETE', `/api/visits/${id}/invitation`],
    ['POST', `/api/visits/${id}/ticket`, { leaf }],
    ['POST', '/api/join', { secret: await secretOf(physician, id), birthDate }],
    ['POST', '/api/join/ticket', { leaf }],
    ['DELETE', '/api/join'],
    ['POST', '/api/keystore/nonces'],
    ['POST', '/api/keystore/enrolments', {}],
    ['POST', '/api/keystore/acts', {}],
    ['POST', '/api/keystore/releases', {}],
    ['POST', `/api/visits/${id}/objects`],
    ['PUT', `/api/phi/objects/${id}`, { manifest: 'A', run: 'A' }],
    ['POST', '/api/nothing'],
  ];
});
afterAll(() => clinic.close());

describe('a request that changes something', () => {
  it.each([
    ['without an origin', { origin: '' }],
    ['of no origin', { origin: 'null' }],
    ['of another site', { origin: 'https://evil.example' }],
    ['of a site whose name begins like ours', { origin: 'https://localhost:9443.evil.example' }],
    ['of our host without TLS', { origin: 'http://localhost:9443' }],
    ['that the browser calls cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['that the browser calls same-site', { 'sec-fetch-site': 'same-site' }],
  ])('%s is forbidden on every route', async (_, headers) => {
    const before = (await physician.send('GET', '/api/session')).status;
    for (const [method, path, body] of changes) {
      const answer = await physician.send(method, path, { body, headers });
      expect([method, path, answer.status]).toEqual([method, path, 403]);
      expect(answer.json).toMatchObject({ code: 'forbidden' });
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    expect((await physician.send('GET', '/api/session')).status).toBe(before);
  });

  it('is taken from each of our origins', async () => {
    const headers = { origin: 'https://second.example', 'sec-fetch-site': 'same-origin' };
    const answer = await clinic.visitor().send('DELETE', '/api/session', { headers });
    expect(answer.status).toBe(204);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/json+x', ''])(
    'is not read as %s',
    async (type) => {
      const raw = JSON.stringify({ email: 'a@b.example', password });
      const headers = { 'content-type': type };
      const answer = await clinic.visitor().send('POST', '/api/session', { raw, headers });
      expect(answer).toMatchObject({ status: 400, json: { code: 'invalid' } });
    },
  );

  it.each([
    ['broken JSON', '{"email":'],
    ['nothing', ''],
    ['a number', '1'],
    ['an unknown field', JSON.stringify({ email: 'a@b.example', password, admin: true })],
    ['a prototype', '{"email":"a@b.example","password":"x","__proto__":{"admin":true}}'],
    ['too much', JSON.stringify({ email: 'a@b.example', password: 'x'.repeat(20_000) })],
  ])('with %s is invalid', async (_, raw) => {
    const answer = await clinic.visitor().send('POST', '/api/session', { raw });
    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid' } });
  });
});

describe('an error', () => {
  it('is a code and an id that the log has, and nothing else', async () => {
    const answer = await clinic.visitor().send('GET', '/api/session', { headers: { 'x-request-id': 'planted' } });
    const { code, correlationId } = errorBody.parse(answer.json);
    expect(code).toBe('unauthenticated');
    expect(correlationId).toMatch(/^[\w-]{22}$/);
    await expect.poll(() => clinic.log.filter((line) => line.includes(correlationId))).toHaveLength(1);
    expect(clinic.log.join('')).not.toContain('planted');
  });

  it.each([
    ['GET', '/api/nothing'],
    ['GET', '/api'],
    ['PUT', '/api/session'],
    ['PATCH', '/api/visits'],
    ['DELETE', '/en/'],
    ['POST', '/'],
  ])('answers %s %s', async (method, path) => {
    const answer = await clinic.visitor().send(method, path);
    expect([answer.status, errorBody.parse(answer.json).code]).toEqual([404, 'notFound']);
  });

  it('of a broken sealed field is internal, and says nothing of it', async () => {
    const { id } = await createVisit(physician, clinic, 'Planted Person');
    const fields = clinic.context.patientFields;
    const open = fields.open.bind(fields);
    Object.assign(fields, { open: () => Promise.reject(new Error('Planted Person')) });
    const answer = await physician.send('GET', `/api/visits/${id}`);
    Object.assign(fields, { open });
    const { code, correlationId } = errorBody.parse(answer.json);
    expect([answer.status, code]).toEqual([500, 'internal']);
    const line = clinic.log.find((entry) => entry.includes('failedRequest') && entry.includes(correlationId));
    expect(line).toContain('/api/visits/:visitId');
    expect(clinic.log.join('')).not.toContain('Planted');
  });
});

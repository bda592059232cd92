import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { startClinic, type TestClinic } from './clinic.ts';
import { nameOf, type Operation, readOperations } from './operations.ts';

let clinic: TestClinic;
let operations: Operation[];
beforeAll(async () => {
  clinic = await startClinic();
  operations = await readOperations(clinic.visitor());
});
afterAll(() => clinic.close());

/** What anybody may call. One more is a decision, not an accident. */
const open = [
  'DELETE /api/join',
  'DELETE /api/portal/session',
  'DELETE /api/session',
  'DELETE /api/sessions',
  'DELETE /api/sessions/{sessionId}',
  'GET /api/config',
  'GET /api/health',
  'GET /api/keystore/identity',
  'GET /api/openapi.json',
  'GET /api/session',
  'GET /api/session/factors',
  'GET /api/sessions',
  'GET /api/sessions/devices',
  'POST /api/account',
  'POST /api/account/invitation',
  'POST /api/account/new-password',
  'POST /api/account/new-password/offer',
  'POST /api/account/oidc',
  'POST /api/join',
  'POST /api/notices/end',
  'POST /api/portal/session',
  'POST /api/portal/session/activity',
  'POST /api/portal/session/options',
  'POST /api/session',
  'POST /api/session/activity',
  'POST /api/session/factors/oidc',
  'POST /api/session/factors/oidc/removal',
  'POST /api/session/factors/recovery-codes',
  'POST /api/session/factors/totp',
  'POST /api/session/factors/totp/confirmation',
  'POST /api/session/factors/totp/removal',
  'POST /api/session/oidc',
  'POST /api/session/oidc/start',
  'POST /api/session/passkey',
  'POST /api/session/passkey/options',
  'POST /api/session/password',
  'POST /api/session/unlock',
  'POST /api/sessions/devices/known',
  'PUT /api/parts/{ticket}',
];

describe('the document', () => {
  it('is OpenAPI 3.1 by the standard’s own schema', async () => {
    const { json } = await clinic.visitor().send('GET', '/api/openapi.json');
    const document = z.record(z.string(), z.unknown()).parse(json);
    expect(document['openapi']).toBe('3.1.0');
    expect(await new Validator().validate(document)).toEqual({ valid: true });
    expect(await new Validator().validate({ ...document, paths: { visits: {} } })).toMatchObject({ valid: false });
  });

  it('says of every route who may call it', () => {
    expect(operations.length).toBeGreaterThanOrEqual(49);
    for (const operation of operations) {
      const { access, security } = operation;
      const expected = 'public' in access ? [] : access.sessions.map((kind) => ({ [kind]: [] }));
      expect([nameOf(operation), security]).toEqual([nameOf(operation), expected]);
    }
    expect(
      operations
        .filter(({ access }) => 'public' in access)
        .map(nameOf)
        .sort(),
    ).toEqual(open);
  });

  it('says of every route with what it answers, and how it refuses', () => {
    for (const operation of operations) {
      const { statuses } = operation;
      expect([nameOf(operation), statuses]).toEqual([nameOf(operation), expect.arrayContaining(['4XX', '5XX'])]);
      expect(statuses.some((status) => /^2\d\d$/.test(status))).toBe(true);
    }
  });

  it('names every part of a path, and no other', () => {
    for (const operation of operations) {
      const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
      const declared = operation.parameters.filter((one) => one.in === 'path').map(({ name }) => name);
      expect([nameOf(operation), declared.sort()]).toEqual([nameOf(operation), inPath]);
    }
  });
});

it('asks for an intent by a header that must be there, of everything under /api/phi/ and nothing else', () => {
  const asking = operations.filter(({ parameters }) => parameters.some((one) => one.in === 'header'));
  expect(asking.map(nameOf).sort()).toEqual([
    ...['GET /api/phi/objects/{objectId}', 'GET /api/phi/objects/{objectId}/recording'],
    ...['PUT /api/phi/objects/{objectId}', 'PUT /api/phi/objects/{objectId}/recording'],
  ]);
  expect(operations.filter(({ path }) => path.startsWith('/api/phi/'))).toEqual(asking);
  for (const { parameters } of asking) {
    expect(parameters).toContainEqual(
      expect.objectContaining({ in: 'header', name: 'x-hipaa-audit-id', required: true }),
    );
  }
});

describe('every route of it that may change something', () => {
  it.each([
    ['without an origin', { origin: '' }],
    ['of another site', { origin: 'https://evil.example' }],
    ['that the browser calls cross-site', { 'sec-fetch-site': 'cross-site' }],
  ])('refuses a request %s, before anything else', async (_, headers) => {
    const browser = await clinic.physician();
    const unsafe = operations.filter(({ method }) => method !== 'GET');
    expect(unsafe.length).toBeGreaterThan(15);
    for (const operation of unsafe) {
      const path = operation.path.replaceAll(/\{\w+\}/g, 'A'.repeat(22));
      const { status, json } = await browser.send(operation.method, path, { headers, body: {} });
      expect([nameOf(operation), status, json]).toMatchObject([nameOf(operation), 403, { code: 'forbidden' }]);
    }
  });
});
